"""Faults as GitHub shows them: in Chinese, at their line of the pull request.

The command line speaks English; those who edit a list in the browser never see it. Messages are
recognised by their English text, so that the modules that find faults need not know of this one; a
test reads the source of those modules, and fails for a message that has no Chinese here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from digest_plugin.errors import Fault

Level = Literal["error", "warning", "notice"]

_TITLES: dict[Level, str] = {
    "error": "请修改这一行",
    "warning": "请看一下这里",
    "notice": "请看一下这里",
}

# The English, then, indented, its Chinese: <word> is any text, <#word> a number, <'word'> a text in
# quotes, <~word> one with full-width characters. Where two rows fit, the first one counts.
_MESSAGE_TABLE = """
# Identifiers
$ID ''
  这里是空的：请写上 arXiv 编号，或删去这一行。
$ID <~said>
  「{said}」不是 arXiv 编号，里面有全角字符：编号、点和冒号都要用半角，
  例如 - 2403.12151 或 id: 2403.12151。
$ID <'said'>
  「{said}」不是 arXiv 编号：请写成 2403.12151、2403.12151v2 或 hep-th/9901001 这样，
  也可以粘贴论文的网址。
$ID <'said'>: <'rest'> after it is not a version such as v2
  「{said}」的编号后面多出了「{rest}」：请删去。版本号要写成 v2 这样；一行只写一个编号，
  各行的短横要对齐。
$ID <'said'>: there is no month <month>
  「{said}」写的是 {month} 月，没有这个月：编号的前四位数字是年和月，2403 指 2024 年 3 月，
  请核对。
$ID <'said'>: numbers start at 1
  「{said}」的序号全是 0，而序号从 1 开始：请核对。
$ID <'said'>: arXiv has no archive <'archive'>
  「{said}」里的「{archive}」不是 arXiv 的旧式分类：请核对，正确的例如 hep-th/9901001。
$ID <'said'>: old-style IDs ran from July 1991 to March 2007
  「{said}」是旧式编号，旧式编号只用于 1991 年 7 月到 2007 年 3 月：请核对年份和月份。
$ID <'said'>: IDs with a dot start with 0704
  「{said}」的年月太早：带点的编号从 0704（2007 年 4 月）开始，
  更早的论文用 hep-th/9901001 这样的旧式编号。
$ID <'said'>: in <#year> there are <#digits> digits after the dot
  「{said}」的点后面多了数字：{year} 年的编号，点后面是 {digits} 位，请核对。
$ID <'said'>: in <#year> there are <#digits> digits after the dot (was a trailing zero lost?)
  「{said}」的点后面少了数字：{year} 年的编号，点后面是 {digits} 位。是不是漏了末尾的 0？

# Lists
expected a name that differs from <other> in more than upper and lower case
  这个文件名和 {other} 只有大小写不同，网页地址会混淆：请换一个名字。
expected a file name of letters, digits and - _ . + ( ), because it becomes the page's address;
got <'said'>
  文件名会成为网页地址，不能用「{said}」：只用文字、数字和 - _ . + ( )，并以文字或数字开头，
  例如 2024-03-20.yml。
expected a name of its own, got <'said'>, which is taken
  「{said}」这个名字另有用途：请换一个，例如 2024-03-20.yml。
expected a name that does not look like an export's, got <'said'>
  「{said}」会和导出的文件混淆：.yml 前面请不要再写 .md、.json、.bib 或 .html。
expected the key papers with a list of arXiv IDs
  这里缺少论文：请加一行 papers:，下面每行写一个编号，例如 - 2403.12151。
$LIST an empty file
  这份清单是空的：请每行写一个 arXiv 编号，例如 - 2403.12151。
$LIST nothing
  这里还没有论文：请每行写一个 arXiv 编号，例如 - 2403.12151。
$LIST something else
  这里应该逐行列出 arXiv 编号：每行以短横和空格开头，例如 - 2403.12151。
$LIST <~said>
  「{said}」里有全角字符：冒号和短横都要用半角，后面空一格，例如 - 2403.12151。
$LIST <'said'>
  「{said}」还不是清单：每个编号写一行，前面加短横和空格，例如 - 2403.12151。
expected at least one paper, got an empty list
  清单里还没有论文：请至少写一个 arXiv 编号，例如 - 2403.12151。
expected each paper once, got <id> again (first on line <#line>): remove one of them
  {id} 写了两次，第 {line} 行已经有了：请删去一处。
expected an arXiv ID, got a list
  这里应该是一个 arXiv 编号，不能再套一层列表：每行只写一个，例如 - 2403.12151。
expected an arXiv ID under 'id'
  id 后面应该是一个 arXiv 编号，例如 id: 2403.12151。
expected the key id with an arXiv ID
  这一条没有编号：请加上 id，例如 id: 2403.12151。
expected a list under 'tags', such as [微调, 安全]
  标签要放进方括号里，例如 tags: [微调, 安全]。
$TAG ''
  这里有一个空的标签：请写上文字，或删去它。
$TAG a list or mapping
  标签只能是文字，不能再套列表或「键: 值」，例如 tags: [微调, 安全]。
$TAG <'said'>
  「{said}」不能作标签：标签里要有文字或数字，最多 {limit} 个字符，不带特殊字符。
expected each tag once, got <'said'>
  标签「{said}」写了两次：请删去一个。
expected a date such as 2024-03-20, got <~said>
  「{said}」里有全角字符：日期的数字和短横都要用半角，例如 2024-03-20。
expected a date such as 2024-03-20, got <'said'>
  「{said}」不是有效的日期：请按年-月-日书写，例如 2024-03-20。
expected a date or another name, got <'said'>: there is no such day
  文件名「{said}」像是日期，却没有这一天：请改成真实的日期，或换一个名字。
expected a list with one paper a line: add them by hand
  这份清单不是一行一篇，程序不知道加在哪里：请手工添加。

# Corrections
expected an arXiv ID without version as the file's name, such as 2403.12151.yml; got <'said'>
  文件名「{said}」不对：校对文件要以不带版本号的 arXiv 编号命名，
  例如 2403.12151.yml 或 hep-th/9901001.yml。
expected the keys <keys>, got none
  这里应该写成「键: 值」，冒号用半角，后面空一格，例如 title: 新的标题。
  可以用的键有 {keys}。
expected a version such as 2, got <'said'>
  版本「{said}」不对：请只写数字，例如 version: 2。
expected a text under <keys>, got none: delete the file if nothing is to be corrected
  {keys} 都没有写：请至少写一项；如果没有要改的，请删去这个文件。
look at this correction again: the English of <id> has changed since it was made. It stays in
force; to confirm it, set version to <#number>
  请再看一遍这份校对：{id} 的英文在校对之后改过。校对仍然有效；确认无误后，
  请写上 version: {number}，就不再提醒。
no list asks for <id>: is the file named after the right paper?
  没有清单收录 {id}，这份校对不会生效：请核对文件名里的编号。
compare <field> with the English once more: <'span'> (<kind>). The correction stays in force
  请把 {field} 再和英文对一遍：程序觉得「{span}」可疑（{kind}）。校对仍然有效，确认无误就不用管。

# The glossary
expected a list of terms, each with the key term
  术语表要逐条列出，每条一行，例如 - {term: prompt, rendering: 提示}。
expected a term with the keys <keys>
  每条术语要写成 {term: prompt, rendering: 提示} 这样。可以用的键有 {keys}。
expected each term once, got <'said'> again (first on line <#line>)
  术语「{said}」写了两次，第 {line} 行已经有了：请删去一条。
expected true under 'keep', or no such key
  keep 后面只能写 true，表示保留英文；不需要时请删去 keep。
expected the key term with an English term
  这一条没有英文术语：请加上 term，例如 term: prompt。
expected either rendering or keep: true for <'said'>
  术语「{said}」要么写 rendering（译法），要么写 keep: true（保留英文），请只选一样。

# Files and YAML
expected a readable file, got: <why>
  这个文件读不出来：{why}。
expected a name that ends in .yml
  文件名要以 .yml 结尾，否则不会被读取：请改名。
expected at most 1 MiB, got more: split the file
  文件超过 1 MiB 了：请拆成几个文件。
expected UTF-8, got the byte <byte>: save it as UTF-8
  这里不是 UTF-8 编码（有字节 {byte}）：请把文件另存为 UTF-8。
expected text, got the control character <code>
  这里混进了控制字符 {code}：请删去；如果是双引号里的反斜线造成的（例如公式），请改用单引号。
expected one document, got another after '---': put it into a file of its own
  「---」后面又起了一份：请把后面的内容放进另一个文件，或删去「---」。
expected at most <#limit> levels of nesting, got more
  这里套了太多层，最多 {limit} 层：请检查括号和缩进。
expected plain values, got <'said'>: anchors and aliases are not allowed, write the value out
  「{said}」在 YAML 里是锚点或引用，这里不能用：请直接写出内容；如果它就是文字，请加引号。
expected plain values, got the tag <'said'>: remove it
  「{said}」在 YAML 里是类型标记，这里不能用：请删去；如果它就是文字，请加引号。
expected a key, got a list or mapping
  冒号前面应该是一个词，例如 title，不能是列表或「键: 值」。
expected each key once, got <'said'> again (first on line <#line>)
  「{said}」写了两次，第 {line} 行已经有了：请只留一处。
expected text under <'said'>, got <why>
  「{said}」后面应该是文字，现在是{why}。$QUOTES。
expected at most <#limit> characters under <'said'>, got <#length>
  「{said}」太长了：最多 {limit} 个字符，现在有 {length} 个，请缩短。
expected one of the keys <keys>; got <'said'>
  不认识「{said}」：这里可以用的键有 {keys}。
$YAML <parser>: put text that holds a colon into quotes
  冒号用错了地方：文字里有冒号时，请给整段文字加引号；也请看看上一行，冒号要用半角，
  后面空一格，各行的缩进要一致。
$YAML <parser>: indent with spaces, and put signs into quotes
  这里有 YAML 读不懂的符号：缩进请用空格，不用制表符；文字以 @ % ` 等符号开头时，
  请给整段文字加引号。
$YAML <parser>: let the lines of a list begin in the same column
  这里和前面接不上：同一层的各行要对齐；$QUOTES。
$YAML <parser>: write 'key: value', with a space behind the colon
  这里读不通：请写成「键: 值」或「- 编号」，冒号和短横用半角，后面空一格；也请看看上一行。
$YAML <parser>: close the quotes or brackets
  引号或括号没有配对：请补上缺少的另一半。
$YAML <parser>did not find expected ',' or '<bracket>'
  方括号或花括号里写得不对：各项之间用半角逗号，结尾要有另一半括号。
$YAML <parser>found a tab character <rest>
  这里用了制表符（Tab）：缩进请用空格。
$YAML <parser>found unknown escape character
  双引号里的反斜线有特殊含义：请改用单引号，或写成两个反斜线。
$YAML while scanning <what> did not find expected <sign>
  这里有一个在 YAML 里有特殊含义的符号：$QUOTES。
$YAML <parser>
  这里不合 YAML 的写法：请检查缩进、冒号、引号和括号；$QUOTES。（原文：{parser}）

# The configuration
expected the plugin arxiv-digest under plugins
  plugins 里没有 arxiv-digest：请加上一行 - arxiv-digest。

# Records and the log
expected a folder
  这里应该是文件夹，现在却是文件：请删去它或改名。
expected a record named YYMM/ID.json: remove it
  论文记录的文件名应该像 2403/2403.12151.json 这样：这个文件没有用处，请删去。
expected a record, got <detail>; $REWRITE
  这份记录坏了（{detail}）。$HANDS_OFF
expected the record of <id>, got that of <other>; $REWRITE
  这里应该是 {id} 的记录，内容却是 {other} 的。$HANDS_OFF
<path>: another run is at work here: wait until it ends
  {path}：另一个任务正在写入，请等它结束后再试。
<path>: expected to write records, got: <why>
  {path}：记录写不进去，{why}。
expected a run, got <detail>: remove the line
  这一行运行日志坏了（{detail}）：请删去这一行。
expected JSON; $FORGET
  这里不是 JSON 的写法：$FORGOTTEN。
expected IDs with days, in braces; $FORGET
  这里应该是花括号里的编号和日期：$FORGOTTEN。
expected a day such as 2026-11-22, got <'said'>; $FORGET
  「{said}」不是日期，日期写成 2026-11-22 这样：$FORGOTTEN。
<why>; $FORGET
  {why}也可以删去这个文件，只是已经推荐过的论文可能会再次出现。

# What only the command line reads
expected at most <limit> bytes a line, got more
  这一行太长了：一行最多 {limit} 字节。
expected one file a paper, got <other>
  每篇论文只能有一个文件，文件名是不带版本号的编号：这里是 {other}，请删去多余的。

# Papers that arXiv did not give
arXiv knows no such paper, or no such version of it
  arXiv 上没有这篇论文，或没有这个版本：请核对编号。
arXiv refuses this ID as malformed
  arXiv 不认这个编号：请到 arXiv 上打开这篇论文，从网址里复制编号。
arXiv's entry lacks its title, authors, abstract or category
  arXiv 给出的资料不全，缺标题、作者、摘要或分类：这不是您的错，请过些时候再试。
arXiv did not answer properly after <#tries> <noun>: <why>
  问了 arXiv {tries} 次，都没有得到完整的答复（{why}）：这不是您的错，请过些时候再试。
arXiv refuses whatever it is asked: arXiv refuses this ID as malformed
  arXiv 一连拒绝了好几个编号，多半是它出了问题：请过些时候再试。
arXiv refuses whatever it is asked: arXiv did not answer properly after <#tries> <noun>: <why>
  arXiv 一连好几次都没有给出完整的答复（{why}）：这不是您的错，请过些时候再试。
arXiv refuses the search <'said'>: <why>
  arXiv 拒绝了搜索「{said}」（{why}）：请检查要搜索的分类。
arXiv shows <#limit> papers of a search, and found more of <day> or later: look for fewer
categories or fewer days
  arXiv 一次搜索最多给出 {limit} 篇论文，而 {day} 以来的不止这些：请少选几个分类，或少看几天。
arXiv was not asked for all new papers: the time was over
  时间到了，还没有向 arXiv 问完所有的新论文：请过些时候再试。
asked again about <#papers> papers: <why>
  重新查询 {papers} 篇论文时没有成功：{why}

# Papers that the model did not write
no answer from the model before the deadline
  模型没有在限定的时间里答完：请过些时候再试。
no answer from the model after <#tries> <noun>: <why>
  问了模型 {tries} 次，都没有得到答复（{why}）：请过些时候再试。
the provider refuses the request (HTTP <#status>): <reply>
  模型服务拒绝了这个请求（HTTP {status}）：{reply}
the provider refuses <what> (HTTP <#status>): <reply>
  模型服务拒绝了批量请求（HTTP {status}）：{reply}
the provider gave no answer in the batch: <reply>
  这一批里没有这篇论文的译文（{reply}）：请再请求一次。
the answer cannot be used: <why>
  模型的答复不合格（{why}）：请再请求一次，或为这篇论文写一份校对文件。
there is no record of what arXiv says: run `arxiv-digest update`, then read the file again
  还没有这篇论文的记录：请先运行 arxiv-digest update，再读一次答复文件。
expected a custom_id that batch write gave, got <'said'>
  「{said}」不是本站发出的请求：请核对是不是读错了文件。
expected an answer of the Batch format, got <why>
  这里应该是一条批量答复（{why}）：请核对文件，或重新取回。
expected answers of the Batch format, got more lines that are none
  还有更多的行不是批量答复：请核对是不是读错了文件。
no usable answer in <#attempts> attempts: <problem>
  模型写了 {attempts} 次都不合格（{problem}）：请过些时候再试，或为这篇论文写一份校对文件。
"""

# Parts of the messages above, where those say {why}.
_DETAIL_TABLE = """
a list
  列表
a mapping
  「键: 值」
Permission denied
  没有权限
Is a directory
  它是一个文件夹
No such file or directory
  它指向的文件不存在
No space left on device
  磁盘满了
Read-only file system
  磁盘是只读的
no answer in time
  没有及时答复
connection refused
  连接被拒绝
connection reset
  连接中断
connection closed
  连接被关闭
reply cut short
  答复不完整
host name not found
  找不到主机
its certificate is not trusted
  证书不可信
its address is none that can be asked
  它的地址不是可以访问的地址
still talking after <seconds> s
  {seconds} 秒还没有答完
more than 50 MiB
  答复超过 50 MiB
not a complete Atom feed
  答复不是完整的 Atom 数据
an empty reply
  答复是空的
an entry without its dates
  有的条目没有日期
fewer papers than it says it found
  给出的论文比它说的少
entries without title, authors, abstract or category
  有的条目缺标题、作者、摘要或分类
a feed that does not say how many papers it found
  答复没有说找到多少篇论文
<#count> papers from place <#place> of the <#found> it says it found
  说是找到 {found} 篇论文，从第 {place} 篇起却只给出 {count} 篇
papers that are not sorted, newest first
  给出的论文没有按时间排序
<why>; it asks to wait <#seconds> s
  {why}，它要求等 {seconds} 秒
connection failed (<cause>)
  连不上：{cause}
a web page instead of an answer: check OPENAI_BASE_URL
  收到的是网页，请检查 OPENAI_BASE_URL
an answer that is no chat completion
  答复不是对话的格式
an answer that is no <what>
  答复的格式不对
a line that is no JSON
  不是 JSON 的写法
a line that is cut short: <advice>
  这一行不完整
no object with a custom_id
  里面没有 custom_id
an answer with no choices
  答复里没有内容
an answer with an error: <problem>
  答复里是一个错误：{problem}
<why>; no time is left to <what>
  {why}，没有时间再试了
"""

_ABBREVIATIONS = {
    "$ID": "expected an arXiv ID such as 2403.12151, 2403.12151v2 or hep-th/9901001, got",
    "$LIST": "expected a list of arXiv IDs (lines such as '- 2403.12151'), got",
    "$TAG": "expected a tag of 1 to <#limit> characters with a letter or digit, got",
    "$YAML": "expected YAML, got:",
    "$REWRITE": "remove the file and run `arxiv-digest update` to write it again",
    "$FORGET": "put it right, or remove the file: what it remembers may then be offered again",
    "$HANDS_OFF": "记录由程序写入，请不要手工修改：撤销改动，或删去这个文件，程序会重新生成。",
    "$FORGOTTEN": "请改正，或删去这个文件，只是已经推荐过的论文可能会再次出现",
    "$QUOTES": "文字里有 : # [ ] 这样的符号，或以 * & ! > @ 等符号开头时，请给整段文字加引号",
}
_QUOTED = r"""(?P<name>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
"""What `errors.quoted` writes, to its last quote: no value can pass for the words behind it."""
_KINDS = {
    "": "(?P<name>.*?)",
    "#": "(?P<name>[0-9][0-9,]*)",
    "'": _QUOTED,
    "~": rf"(?=['\"][^'\"]*[！-～。]){_QUOTED}",
}
_ROW = re.compile(r"(?P<english>(?:^[^\s#].*\n)+)(?P<chinese>(?:^  .*\n)+)", re.MULTILINE)
_PLACEHOLDER = re.compile(r"<(?P<kind>['~#]?)(?P<name>[a-z]+)'?>")
_FIELD = re.compile(r"\{([a-z]+)\}")
_PAPER = r"(?:[a-z-]+/)?[0-9]{4}[0-9.]+(?:v[0-9]+)?"
_WHERE = re.compile(rf"(?P<where>(?:(?:{_PAPER}|[^:\s]+:[0-9]+): ){{1,2}})(?P<what>.+)", re.DOTALL)
"""A paper, or a file and line, or both, before the message; reports of runs write them so."""
_DEEPEST = 3
"""Messages inside each other that are translated."""


@dataclass(frozen=True)
class _Row:
    pattern: re.Pattern[str]
    quoted: frozenset[str]
    """The groups that hold a text in quotes."""
    chinese: str

    @classmethod
    def of(cls, english: str, chinese: str) -> _Row:
        pattern, quoted, end = "", set(), 0
        for found in _PLACEHOLDER.finditer(english):
            pattern += re.escape(english[end : found.start()])
            pattern += _KINDS[found["kind"]].replace("<name>", f"<{found['name']}>")
            if found["kind"] in {"'", "~"}:
                quoted.add(found["name"])
            end = found.end()
        pattern += re.escape(english[end:])
        return cls(re.compile(pattern, re.DOTALL), frozenset(quoted), chinese)


def _rows(table: str) -> Iterator[_Row]:
    for short, long in _ABBREVIATIONS.items():
        table = table.replace(short, long)
    for found in _ROW.finditer(table):
        english = found["english"].strip().replace("\n", " ")
        yield _Row.of(english, "".join(map(str.strip, found["chinese"].splitlines())))


_MESSAGES = tuple(_rows(_MESSAGE_TABLE))
_DETAILS = tuple(_rows(_DETAIL_TABLE))


def chinese(message: str) -> str:
    """The Chinese for `message`, the text of a fault or the reason why a paper failed.

    A message that nobody has translated stays English, behind a few words of Chinese.
    """
    if known := _translated(message, _MESSAGES):
        return known
    found = _WHERE.fullmatch(message)
    if found and (known := _translated(found["what"], _MESSAGES)):
        return found["where"].replace(": ", "：") + known
    return f"这里有一处错误：{message}"


def _translated(text: str, rows: tuple[_Row, ...], depth: int = 1) -> str | None:
    """`text` by the first row that fits."""
    fitting = ((row, match) for row in rows if (match := row.pattern.fullmatch(text)))
    found = next(fitting, None)
    if found is None:
        return None
    row, match = found
    return _FIELD.sub(lambda field: _shown(field[1], match[field[1]], row, depth), row.chinese)


def _shown(name: str, value: str, row: _Row, depth: int) -> str:
    if name in row.quoted:  # what is invisible keeps its escape
        # In the middle of an annotation nothing begins a command.
        return re.sub(r"\\(['\"\\])", r"\1", value[1:-1].replace(r"##\x5b", "##["))
    if name == "keys":
        return value.replace(" or ", ", ").replace(", ", "、")
    if name == "why" and depth < _DEEPEST:
        rows = (*_DETAILS, *_MESSAGES)
        return _translated(value, rows, depth + 1) or value
    return value


def annotation(fault: Fault, level: Level = "error", end_line: int | None = None) -> str:
    """A line for the log of a GitHub job that makes GitHub show `fault` where it is, in Chinese.

    See https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions. GitHub
    takes the path from the top of the repository: mkdocs.yml has to lie there. Whatever a person or
    a server wrote stays inside its field.
    """
    fields = {"file": fault.path, "line": str(fault.line)}
    if end_line is not None and end_line > fault.line:
        fields["endLine"] = str(end_line)
    fields["title"] = _TITLES[level]
    properties = ",".join(f"{name}={_escaped_property(text)}" for name, text in fields.items())
    return f"::{level} {properties}::{_escaped(chinese(fault.message))}"


def _escaped(text: str) -> str:
    visible = "".join(
        sign if sign.isprintable() or sign in "\r\n" else repr(sign)[1:-1] for sign in text
    )
    return visible.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
