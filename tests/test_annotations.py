"""Faults on GitHub: every message in Chinese, at its line, and nothing breaks out of it."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import digest_plugin
import digest_plugin.jobs.annotations as spoken
from digest_plugin.errors import Fault, InputError, one_line, quoted
from digest_plugin.identifiers import parse_identifier
from digest_plugin.jobs.annotations import annotation, chinese
from digest_plugin.people.corrections import read_corrections
from digest_plugin.people.digests import read_digests
from digest_plugin.people.glossary import read_glossary
from digest_plugin.people.strict_yaml import MAX_BYTES
from digest_plugin.records.store import PaperStore

PACKAGE = Path(digest_plugin.__file__).parent
UNTRANSLATED = "这里有一处错误："
SENTENCE = re.compile(r"[a-z]+ [a-z]+ [a-z]+")
"""Three English words: nothing that a person writes in these tests."""

# --- what people get wrong, through the code that finds it ----------------------------------

Files = dict[str, str | bytes | None]
"""By path below docs/; None is a folder."""
GOOD = "- 2403.12151\n"
PAPERS = "papers: [2403.12151]\n"


def digest(content: str | bytes) -> Files:
    return {"digests/x.yml": content}


def correction(content: str) -> Files:
    return {"corrections/2403.12151.yml": content}


def glossary(content: str) -> Files:
    return {"glossary.yml": content}


# fmt: off
FAULTY: list[tuple[Files, list[tuple[int, str]]]] = [
    (digest("-\n- 2403.12151\n"), [(1, "这里是空的：请写上 arXiv 编号，或删去这一行。")]),
    (digest("- id：2403.12151\n"), [(1, "「id：2403.12151」不是 arXiv 编号，里面有全角字符：编号、点和冒号都要用半角，例如 - 2403.12151 或 id: 2403.12151。")]),
    (digest("- ２４０３．１２１５１\n"), [(1, "「２４０３．１２１５１」不是 arXiv 编号，里面有全角字符：编号、点和冒号都要用半角，例如 - 2403.12151 或 id: 2403.12151。")]),
    (digest("- 大模型\n"), [(1, "「大模型」不是 arXiv 编号：请写成 2403.12151、2403.12151v2 或 hep-th/9901001 这样，也可以粘贴论文的网址。")]),
    (digest("- 2403.12151 大模型\n"), [(1, "「2403.12151 大模型」的编号后面多出了「 大模型」：请删去。版本号要写成 v2 这样；一行只写一个编号，各行的短横要对齐。")]),
    (digest("- 2403.12151（推荐）\n"), [(1, "「2403.12151（推荐）」的编号后面多出了「（推荐）」：请删去。版本号要写成 v2 这样；一行只写一个编号，各行的短横要对齐。")]),
    (digest("- 2403.12150\n  - 2403.12151\n"), [(1, "「2403.12150 - 2403.12151」的编号后面多出了「 - 2403.12151」：请删去。版本号要写成 v2 这样；一行只写一个编号，各行的短横要对齐。")]),
    (digest("- 2413.00001\n"), [(1, "「2413.00001」写的是 13 月，没有这个月：编号的前四位数字是年和月，2403 指 2024 年 3 月，请核对。")]),
    (digest("- 2403.00000\n"), [(1, "「2403.00000」的序号全是 0，而序号从 1 开始：请核对。")]),
    (digest("- hep-xx/9901001\n"), [(1, "「hep-xx/9901001」里的「hep-xx」不是 arXiv 的旧式分类：请核对，正确的例如 hep-th/9901001。")]),
    (digest("- hep-th/0704001\n"), [(1, "「hep-th/0704001」是旧式编号，旧式编号只用于 1991 年 7 月到 2007 年 3 月：请核对年份和月份。")]),
    (digest("- hep-th/9101001\n"), [(1, "「hep-th/9101001」是旧式编号，旧式编号只用于 1991 年 7 月到 2007 年 3 月：请核对年份和月份。")]),
    (digest("- 0703.0001\n"), [(1, "「0703.0001」的年月太早：带点的编号从 0704（2007 年 4 月）开始，更早的论文用 hep-th/9901001 这样的旧式编号。")]),
    (digest("- 2403.1215\n"), [(1, "「2403.1215」的点后面少了数字：2024 年的编号，点后面是 5 位。是不是漏了末尾的 0？")]),
    (digest("- 1403.12151\n"), [(1, "「1403.12151」的点后面多了数字：2014 年的编号，点后面是 4 位，请核对。")]),
    ({"digests/a.yml": GOOD, "digests/A.yml": GOOD}, [(1, "这个文件名和 docs/digests/A.yml 只有大小写不同，网页地址会混淆：请换一个名字。")]),
    ({"digests/每日!.yml": GOOD}, [(1, "文件名会成为网页地址，不能用「每日!」：只用文字、数字和 - _ . + ( )，并以文字或数字开头，例如 2024-03-20.yml。")]),
    ({"digests/index.yml": GOOD}, [(1, "「index」这个名字另有用途：请换一个，例如 2024-03-20.yml。")]),
    ({"digests/x.md.yml": GOOD}, [(1, "「x.md」会和导出的文件混淆：.yml 前面请不要再写 .md、.json、.bib 或 .html。")]),
    (digest("title: 专题\n"), [(1, "这里缺少论文：请加一行 papers:，下面每行写一个编号，例如 - 2403.12151。")]),
    (digest(""), [(1, "这份清单是空的：请每行写一个 arXiv 编号，例如 - 2403.12151。")]),
    (digest("papers:\n"), [(1, "这里还没有论文：请每行写一个 arXiv 编号，例如 - 2403.12151。")]),
    (digest("papers: {}\n"), [(1, "这里应该逐行列出 arXiv 编号：每行以短横和空格开头，例如 - 2403.12151。")]),
    (digest("papers：\n- 2403.12151\n"), [(1, "「papers： - 2403.12151」里有全角字符：冒号和短横都要用半角，后面空一格，例如 - 2403.12151。")]),
    (digest("2403.12151\n"), [(1, "「2403.12151」还不是清单：每个编号写一行，前面加短横和空格，例如 - 2403.12151。")]),
    (digest("[]\n"), [(1, "清单里还没有论文：请至少写一个 arXiv 编号，例如 - 2403.12151。")]),
    (digest("- 2403.12151\n- 2403.07921\n- 2403.12151v2\n"), [(3, "2403.12151 写了两次，第 1 行已经有了：请删去一处。")]),
    (digest("- [2403.12151]\n"), [(1, "这里应该是一个 arXiv 编号，不能再套一层列表：每行只写一个，例如 - 2403.12151。")]),
    (digest("- id: [2403.12151]\n"), [(1, "id 后面应该是一个 arXiv 编号，例如 id: 2403.12151。")]),
    (digest("- note: 好\n"), [(1, "这一条没有编号：请加上 id，例如 id: 2403.12151。")]),
    (digest("- id: 2403.12151\n  tags: 微调\n"), [(2, "标签要放进方括号里，例如 tags: [微调, 安全]。")]),
    (digest("- id: 2403.12151\n  tags: ['', [a], '！', 微调, 微调]\n"), [(2, "这里有一个空的标签：请写上文字，或删去它。"), (2, "「！」不能作标签：标签里要有文字或数字，最多 40 个字符，不带特殊字符。"), (2, "标签只能是文字，不能再套列表或「键: 值」，例如 tags: [微调, 安全]。"), (2, "标签「微调」写了两次：请删去一个。")]),
    (digest("date: 2024年3月20日\n" + PAPERS), [(1, "「2024年3月20日」不是有效的日期：请按年-月-日书写，例如 2024-03-20。")]),
    (digest("date: 2024-02-30\n" + PAPERS), [(1, "「2024-02-30」不是有效的日期：请按年-月-日书写，例如 2024-03-20。")]),
    (digest("date: 2024－03－20\n" + PAPERS), [(1, "「2024－03－20」里有全角字符：日期的数字和短横都要用半角，例如 2024-03-20。")]),
    ({"digests/2024-02-30.yml": GOOD}, [(1, "文件名「2024-02-30」像是日期，却没有这一天：请改成真实的日期，或换一个名字。")]),
    ({"corrections/2403.12151v2.yml": "title: 题\n"}, [(1, "文件名「2403.12151v2.yml」不对：校对文件要以不带版本号的 arXiv 编号命名，例如 2403.12151.yml 或 hep-th/9901001.yml。")]),
    (correction("新的标题\n"), [(1, "这里应该写成「键: 值」，冒号用半角，后面空一格，例如 title: 新的标题。可以用的键有 title、summary、abstract、by、version。")]),
    (correction("title: 题\nversion: v2\n"), [(2, "版本「v2」不对：请只写数字，例如 version: 2。")]),
    (correction("by: 张三\n"), [(1, "title、summary、abstract 都没有写：请至少写一项；如果没有要改的，请删去这个文件。")]),
    (glossary("term: prompt\n"), [(1, "术语表要逐条列出，每条一行，例如 - {term: prompt, rendering: 提示}。")]),
    (glossary("- prompt\n"), [(1, "每条术语要写成 {term: prompt, rendering: 提示} 这样。可以用的键有 term、rendering、also、keep、note。")]),
    (glossary("- {term: prompt, rendering: 提示}\n- {term: Prompt, rendering: 提示词}\n"), [(2, "术语「Prompt」写了两次，第 1 行已经有了：请删去一条。")]),
    (glossary("- {term: token, keep: yes}\n"), [(1, "keep 后面只能写 true，表示保留英文；不需要时请删去 keep。")]),
    (glossary("- {rendering: 提示}\n"), [(1, "这一条没有英文术语：请加上 term，例如 term: prompt。")]),
    (glossary("- {term: prompt}\n"), [(1, "术语「prompt」要么写 rendering（译法），要么写 keep: true（保留英文），请只选一样。")]),
    ({"digests/x.yml": None}, [(1, "这个文件读不出来：它是一个文件夹。")]),
    ({"digests/x.yaml": GOOD}, [(1, "文件名要以 .yml 结尾，否则不会被读取：请改名。")]),
    (digest("#" * (MAX_BYTES + 1)), [(1, "文件超过 1 MiB 了：请拆成几个文件。")]),
    (digest("# 中文\n- 2403.12151\n".encode("gbk")), [(1, "这里不是 UTF-8 编码（有字节 0xd6）：请把文件另存为 UTF-8。")]),
    (digest("- 2403.12151\n# \x0b\n"), [(2, "这里混进了控制字符 U+000B：请删去；如果是双引号里的反斜线造成的（例如公式），请改用单引号。")]),
    (digest('title: "\\x1b"\n' + PAPERS), [(1, "这里混进了控制字符 U+001B：请删去；如果是双引号里的反斜线造成的（例如公式），请改用单引号。")]),
    (digest("- 2403.12151\n---\n- 2403.07921\n"), [(2, "「---」后面又起了一份：请把后面的内容放进另一个文件，或删去「---」。")]),
    (digest(f"note: {'[' * 9}{']' * 9}\n" + PAPERS), [(1, "这里套了太多层，最多 8 层：请检查括号和缩进。")]),
    (digest("- &a 2403.12151\n- *a\n"), [(1, "「&a」在 YAML 里是锚点或引用，这里不能用：请直接写出内容；如果它就是文字，请加引号。"), (2, "这里是空的：请写上 arXiv 编号，或删去这一行。"), (2, "「*a」在 YAML 里是锚点或引用，这里不能用：请直接写出内容；如果它就是文字，请加引号。")]),
    (digest("title: !str 题\n" + PAPERS), [(1, "「!str」在 YAML 里是类型标记，这里不能用：请删去；如果它就是文字，请加引号。")]),
    (digest("? [title]\n: 题\n" + PAPERS), [(1, "冒号前面应该是一个词，例如 title，不能是列表或「键: 值」。")]),
    (digest("title: 甲\ntitle: 乙\n" + PAPERS), [(2, "「title」写了两次，第 1 行已经有了：请只留一处。")]),
    (digest("title: [综述]\nnote: {甲: 乙}\n" + PAPERS), [(1, "「title」后面应该是文字，现在是列表。文字里有 : # [ ] 这样的符号，或以 * & ! > @ 等符号开头时，请给整段文字加引号。"), (2, "「note」后面应该是文字，现在是「键: 值」。文字里有 : # [ ] 这样的符号，或以 * & ! > @ 等符号开头时，请给整段文字加引号。")]),
    (digest(f"note: {'长' * 20_001}\n" + PAPERS), [(1, "「note」太长了：最多 20,000 个字符，现在有 20,001 个，请缩短。")]),
    (digest("titel: 专题\n" + PAPERS), [(1, "不认识「titel」：这里可以用的键有 papers、title、date、description、note。")]),
    (digest('title: "\\alpha"\n'), [(1, "这里混进了控制字符 U+0007：请删去；如果是双引号里的反斜线造成的（例如公式），请改用单引号。"), (1, "这里缺少论文：请加一行 papers:，下面每行写一个编号，例如 - 2403.12151。")]),
    ({"papers": "x"}, [(1, "这里应该是文件夹，现在却是文件：请删去它或改名。")]),
    ({"papers/x.json": "{}"}, [(1, "论文记录的文件名应该像 2403/2403.12151.json 这样：这个文件没有用处，请删去。")]),
    (
        {"papers/2403/2403.12150.json": (PACKAGE.parent / "docs/papers/2403/2403.12151.json").read_bytes()},
        [(1, "这里应该是 2403.12150 的记录，内容却是 2403.12151v1 的。记录由程序写入，请不要手工修改：撤销改动，或删去这个文件，程序会重新生成。")],
    ),
]
# What the C parser says; another one may put it differently.
NOT_YAML: list[tuple[Files, list[tuple[int, str]]]] = [
    (digest("title: 综述: 大模型\n"), [(1, "冒号用错了地方：文字里有冒号时，请给整段文字加引号；也请看看上一行，冒号要用半角，后面空一格，各行的缩进要一致。")]),
    (digest("note: @张三\n"), [(1, "这里有 YAML 读不懂的符号：缩进请用空格，不用制表符；文字以 @ % ` 等符号开头时，请给整段文字加引号。")]),
    (digest("title: [综述] 大模型\n"), [(1, "这里和前面接不上：同一层的各行要对齐；文字里有 : # [ ] 这样的符号，或以 * & ! > @ 等符号开头时，请给整段文字加引号。")]),
    (digest("- 2403.12151\n-2403.07921\n"), [(2, "这里读不通：请写成「键: 值」或「- 编号」，冒号和短横用半角，后面空一格；也请看看上一行。")]),
    (digest("title: '综述\n"), [(1, "引号或括号没有配对：请补上缺少的另一半。")]),
    (digest("tags: [微调, 安全\n"), [(1, "方括号或花括号里写得不对：各项之间用半角逗号，结尾要有另一半括号。")]),
    (digest("- 2403.12151\n\t- 2403.07921\n"), [(2, "这里用了制表符（Tab）：缩进请用空格。")]),
    (digest("note: *强调*\n"), [(1, "这里有一个在 YAML 里有特殊含义的符号：文字里有 : # [ ] 这样的符号，或以 * & ! > @ 等符号开头时，请给整段文字加引号。")]),
    (digest("note: > 引用\n"), [(1, "这里有一个在 YAML 里有特殊含义的符号：文字里有 : # [ ] 这样的符号，或以 * & ! > @ 等符号开头时，请给整段文字加引号。")]),
    (digest("title: !重要 题\n"), [(1, "这里有一个在 YAML 里有特殊含义的符号：文字里有 : # [ ] 这样的符号，或以 * & ! > @ 等符号开头时，请给整段文字加引号。")]),
    (digest("{"), [(1, "这里不合 YAML 的写法：请检查缩进、冒号、引号和括号；文字里有 : # [ ] 这样的符号，或以 * & ! > @ 等符号开头时，请给整段文字加引号。（原文：while parsing a flow node did not find expected node content）")]),
]
# fmt: on

# Messages of the network, of permissions and of runs.
SAID = {
    "expected at most 1,048,576 bytes a line, got more": "这一行太长了：一行最多 1,048,576 字节。",
    "expected one file a paper, got 2403.12151v1": "每篇论文只能有一个文件，文件名是不带版本号的编号：这里是 2403.12151v1，请删去多余的。",
    "expected the plugin arxiv-digest under plugins": "plugins 里没有 arxiv-digest：请加上一行 - arxiv-digest。",
    "expected a list with one paper a line: add them by hand": "这份清单不是一行一篇，程序不知道加在哪里：请手工添加。",
    "look at this correction again: the English of 2403.12151 has changed since it was made. It stays in force; to confirm it, set version to 3": "请再看一遍这份校对：2403.12151 的英文在校对之后改过。校对仍然有效；确认无误后，请写上 version: 3，就不再提醒。",
    "no list asks for 2403.99999: is the file named after the right paper?": "没有清单收录 2403.99999，这份校对不会生效：请核对文件名里的编号。",
    "compare abstract with the English once more: '6.3 亿' (number). The correction stays in force": "请把 abstract 再和英文对一遍：程序觉得「6.3 亿」可疑（number）。校对仍然有效，确认无误就不用管。",
    "expected a readable file, got: Permission denied": "这个文件读不出来：没有权限。",
    "expected a readable file, got: No such file or directory": "这个文件读不出来：它指向的文件不存在。",
    "expected a readable file, got: Input/output error": "这个文件读不出来：Input/output error。",
    "expected YAML, got: while parsing a quoted scalar found unknown escape character": "双引号里的反斜线有特殊含义：请改用单引号，或写成两个反斜线。",
    "expected a record, got paper.version: Field required; remove the file and run `arxiv-digest update` to write it again": "这份记录坏了（paper.version: Field required）。记录由程序写入，请不要手工修改：撤销改动，或删去这个文件，程序会重新生成。",
    "docs/papers: another run is at work here: wait until it ends": "docs/papers：另一个任务正在写入，请等它结束后再试。",
    "docs/papers: expected to write records, got: No space left on device": "docs/papers：记录写不进去，磁盘满了。",
    "docs/papers: expected to write records, got: Read-only file system": "docs/papers：记录写不进去，磁盘是只读的。",
    "expected a run, got Field required: remove the line": "这一行运行日志坏了（Field required）：请删去这一行。",
    "arXiv knows no such paper, or no such version of it": "arXiv 上没有这篇论文，或没有这个版本：请核对编号。",
    "2403.12151v9: arXiv knows no such paper, or no such version of it": "2403.12151v9：arXiv 上没有这篇论文，或没有这个版本：请核对编号。",
    "hep-th/9901001: arXiv refuses this ID as malformed": "hep-th/9901001：arXiv 不认这个编号：请到 arXiv 上打开这篇论文，从网址里复制编号。",
    "2403.12151: docs/papers/2403/2403.12151.json:3: expected the record of 2403.12151, got that of 2403.12150v1; remove the file and run `arxiv-digest update` to write it again": "2403.12151：docs/papers/2403/2403.12151.json:3：这里应该是 2403.12151 的记录，内容却是 2403.12150v1 的。记录由程序写入，请不要手工修改：撤销改动，或删去这个文件，程序会重新生成。",
    "arXiv refuses this ID as malformed": "arXiv 不认这个编号：请到 arXiv 上打开这篇论文，从网址里复制编号。",
    "arXiv's entry lacks its title, authors, abstract or category": "arXiv 给出的资料不全，缺标题、作者、摘要或分类：这不是您的错，请过些时候再试。",
    "arXiv refuses whatever it is asked: arXiv refuses this ID as malformed": "arXiv 一连拒绝了好几个编号，多半是它出了问题：请过些时候再试。",
    "arXiv refuses whatever it is asked: arXiv did not answer properly after 4 tries: an entry without its dates": "arXiv 一连好几次都没有给出完整的答复（有的条目没有日期）：这不是您的错，请过些时候再试。",
    "asked again about 3 papers: arXiv did not answer properly after 4 tries: HTTP 503": "重新查询 3 篇论文时没有成功：问了 arXiv 4 次，都没有得到完整的答复（HTTP 503）：这不是您的错，请过些时候再试。",
    "expected JSON; put it right, or remove the file: what it remembers may then be offered again": "这里不是 JSON 的写法：请改正，或删去这个文件，只是已经推荐过的论文可能会再次出现。",
    "expected IDs with days, in braces; put it right, or remove the file: what it remembers may then be offered again": "这里应该是花括号里的编号和日期：请改正，或删去这个文件，只是已经推荐过的论文可能会再次出现。",
    "expected a day such as 2026-11-22, got '2026'; put it right, or remove the file: what it remembers may then be offered again": "「2026」不是日期，日期写成 2026-11-22 这样：请改正，或删去这个文件，只是已经推荐过的论文可能会再次出现。",
    "expected an arXiv ID such as 2403.12151, 2403.12151v2 or hep-th/9901001, got '2403.00000': numbers start at 1; put it right, or remove the file: what it remembers may then be offered again": "「2403.00000」的序号全是 0，而序号从 1 开始：请核对。也可以删去这个文件，只是已经推荐过的论文可能会再次出现。",
    "arXiv refuses the search 'cat:cs.XX': HTTP 400": "arXiv 拒绝了搜索「cat:cs.XX」（HTTP 400）：请检查要搜索的分类。",
    "arXiv shows 10,000 papers of a search, and found more of 2026-11-22 or later: look for fewer categories or fewer days": "arXiv 一次搜索最多给出 10,000 篇论文，而 2026-11-22 以来的不止这些：请少选几个分类，或少看几天。",
    "arXiv was not asked for all new papers: the time was over": "时间到了，还没有向 arXiv 问完所有的新论文：请过些时候再试。",
    "no answer from the model before the deadline": "模型没有在限定的时间里答完：请过些时候再试。",
    "the provider refuses the request (HTTP 400): context too long": "模型服务拒绝了这个请求（HTTP 400）：context too long",
    "the provider refuses the batch (HTTP 400): no quota": "模型服务拒绝了批量请求（HTTP 400）：no quota",
    "the provider gave no answer in the batch: expired": "这一批里没有这篇论文的译文（expired）：请再请求一次。",
    "the answer cannot be used: an answer with no choices": "模型的答复不合格（答复里没有内容）：请再请求一次，或为这篇论文写一份校对文件。",
    "there is no record of what arXiv says: run `arxiv-digest update`, then read the file again": "还没有这篇论文的记录：请先运行 arxiv-digest update，再读一次答复文件。",
    "expected a custom_id that batch write gave, got 'x'": "「x」不是本站发出的请求：请核对是不是读错了文件。",
    "expected an answer of the Batch format, got a line that is no JSON": "这里应该是一条批量答复（不是 JSON 的写法）：请核对文件，或重新取回。",
    "expected an answer of the Batch format, got a line that is cut short: fetch or copy the file again, or have the paper asked for again by batch write": "这里应该是一条批量答复（这一行不完整）：请核对文件，或重新取回。",
    "expected an answer of the Batch format, got no object with a custom_id": "这里应该是一条批量答复（里面没有 custom_id）：请核对文件，或重新取回。",
    "expected answers of the Batch format, got more lines that are none": "还有更多的行不是批量答复：请核对是不是读错了文件。",
    "no usable answer in 2 attempts: it is empty": "模型写了 2 次都不合格（it is empty）：请过些时候再试，或为这篇论文写一份校对文件。",
}  # fmt: skip
REASONS = {
    "HTTP 503": "HTTP 503",
    "no answer in time": "没有及时答复",
    "connection refused": "连接被拒绝",
    "connection reset": "连接中断",
    "connection closed": "连接被关闭",
    "reply cut short": "答复不完整",
    "host name not found": "找不到主机",
    "its certificate is not trusted": "证书不可信",
    "its address is none that can be asked": "它的地址不是可以访问的地址",
    "still talking after 180 s": "180 秒还没有答完",
    "still talking after 0.5 s": "0.5 秒还没有答完",
    "more than 50 MiB": "答复超过 50 MiB",
    "not a complete Atom feed": "答复不是完整的 Atom 数据",
    "an empty reply": "答复是空的",
    "an entry without its dates": "有的条目没有日期",
    "fewer papers than it says it found": "给出的论文比它说的少",
    "entries without title, authors, abstract or category": "有的条目缺标题、作者、摘要或分类",
    "a feed that does not say how many papers it found": "答复没有说找到多少篇论文",
    "7 papers from place 1,100 of the 2,345 it says it found": "说是找到 2,345 篇论文，从第 1,100 篇起却只给出 7 篇",
    "papers that are not sorted, newest first": "给出的论文没有按时间排序",
    "HTTP 503; it asks to wait 300 s": "HTTP 503，它要求等 300 秒",
    "connection reset; it asks to wait 300 s": "连接中断，它要求等 300 秒",
    "connection failed (EOF)": "连不上：EOF",
    "a web page instead of an answer: check OPENAI_BASE_URL": "收到的是网页，请检查 OPENAI_BASE_URL",
    "an answer that is no chat completion": "答复不是对话的格式",
    "an answer that is no batch": "答复的格式不对",
    "a line that is no JSON": "不是 JSON 的写法",
    "a line that is cut short: fetch it again": "这一行不完整",
    "no object with a custom_id": "里面没有 custom_id",
    "an answer with no choices": "答复里没有内容",
    "an answer with an error: {'code': 500}": "答复里是一个错误：{'code': 500}",
    "HTTP 429; no time is left to wait 20 s": "HTTP 429，没有时间再试了",
}
SAID |= {
    f"arXiv did not answer properly after 4 tries: {reason}":
        f"问了 arXiv 4 次，都没有得到完整的答复（{meaning}）：这不是您的错，请过些时候再试。"
    for reason, meaning in REASONS.items()
} | {
    f"no answer from the model after 1 try: {reason}":
        f"问了模型 1 次，都没有得到答复（{meaning}）：请过些时候再试。"
    for reason, meaning in REASONS.items()
}  # fmt: skip


def faults_of(root: Path, files: Files) -> list[Fault]:
    """All that `arxiv-digest check` finds in a site with these files."""
    docs = root / "docs"
    for name, content in files.items():
        path = docs / name
        if content is None:
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults: list[Fault] = []
    read_digests(docs / "digests", root, faults)
    read_corrections(docs / "corrections", root, faults)
    read_glossary(docs / "glossary.yml", root, faults)
    store = PaperStore(docs / "papers", root)
    for identifier in store.identifiers(faults):
        try:
            store.load(identifier)
        except InputError as error:
            faults.extend(error.faults)
    return sorted(set(faults))


@pytest.mark.parametrize(("files", "expected"), FAULTY)
def test_what_people_get_wrong_is_said_in_chinese(tmp_path, files, expected) -> None:
    """Real files through the real readers: the words are these, and so are the lines."""
    faults = faults_of(tmp_path, files)
    assert [(fault.line, chinese(fault.message)) for fault in faults] == expected


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="needs the C parser's words")
@pytest.mark.parametrize(("files", "expected"), NOT_YAML)
def test_what_is_no_yaml_is_said_in_chinese(tmp_path, files, expected) -> None:
    """With what to write instead, for the slips that are made in a browser."""
    faults = faults_of(tmp_path, files)
    assert [(fault.line, chinese(fault.message)) for fault in faults] == expected


@pytest.mark.parametrize(("message", "expected"), SAID.items())
def test_what_goes_wrong_elsewhere_is_said_in_chinese(message, expected) -> None:
    """Disks, arXiv, the model, and corrections to look at again."""
    assert chinese(message) == expected


def test_what_nobody_has_translated_stays_english() -> None:
    """A message is never lost."""
    assert chinese("expected rain, got snow") == UNTRANSLATED + "expected rain, got snow"
    assert chinese("2403.12151: rain") == UNTRANSLATED + "2403.12151: rain"
    assert chinese("") == UNTRANSLATED


# --- the table ------------------------------------------------------------------------------


def row_of(message: str, rows: tuple[spoken._Row, ...]) -> spoken._Row | None:
    return next((row for row in rows if row.pattern.fullmatch(message)), None)


def test_no_row_of_the_table_is_dead(tmp_path) -> None:
    """Each is the first that fits some message above."""
    messages = set(SAID)
    for number, (files, _) in enumerate(FAULTY + NOT_YAML):
        messages |= {fault.message for fault in faults_of(tmp_path / str(number), files)}
    used = {row_of(message, spoken._MESSAGES) for message in messages}
    assert [row.chinese for row in spoken._MESSAGES if row not in used] == []
    details = {*REASONS, "a list", "a mapping", "Permission denied", "Is a directory"}
    details |= {message.partition(", got: ")[2] for message in messages}
    used = {row_of(detail, spoken._DETAILS) for detail in details}
    assert [row.chinese for row in spoken._DETAILS if row not in used] == []


def test_the_table_is_read_whole() -> None:
    """No line of it is lost, and every {name} in the Chinese is a <name> in the English."""
    for table, rows in (
        (spoken._MESSAGE_TABLE, spoken._MESSAGES),
        (spoken._DETAIL_TABLE, spoken._DETAILS),
    ):
        lines = [line for line in table.split("\n") if line and not line.startswith("# ")]
        starts = [
            english
            for before, english in itertools.pairwise(["  ", *lines])
            if before.startswith("  ") and not english.startswith("  ")
        ]
        assert len(rows) == len(starts)
        assert lines[-1].startswith("  ")
        for row in rows:
            assert set(re.findall(r"\{([a-z]+)\}", row.chinese)) <= set(row.pattern.groupindex)
            assert "$" not in row.chinese + row.pattern.pattern.replace(r"\$", "$")
    patterns = [row.pattern.pattern for row in spoken._MESSAGES]
    assert len(set(patterns)) == len(patterns)


def test_the_chinese_is_set_as_chinese_is() -> None:
    """A space between Chinese and Latin, Chinese punctuation, whole sentences."""
    for row in (*spoken._MESSAGES, *spoken._DETAILS):
        examples = r"「[^」]*」|\[[^]]*\]|\{term[^}]*\}"
        text = re.sub(examples, "「」", row.chinese)
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9{](?!why)", text.replace("{why}", "")), text
        assert not re.search(r"[A-Za-z0-9}][\u4e00-\u9fff]", text.replace("{why}", "")), text
        assert not re.search(r"[\u4e00-\u9fff] *[,;!?()]", text), text
        assert not SENTENCE.search(text), text
    for row in spoken._MESSAGES:
        assert row.chinese.endswith(("。", "？", "）", "{why}", "{reply}")), row.chinese


# --- completeness: what the source can say --------------------------------------------------

SAYS = {"Fault": 2, "StoreError": 0, "FetchError": 0, "ModelError": 0, "WriteError": 0}
"""Calls that make a message, in any module, and which argument it is."""
ALSO_SAYS = {
    "identifiers": {"ValueError"},  # which others put into a fault as it is
    "fetch": {"kind"},  # one of its errors
    "model": {"kind"},
}
PARTS = {
    "fetch": "arXiv did not answer properly after 4 tries: ",
    "model": "no answer from the model after 4 tries: ",
}
"""What stands before the text of a module's PassingError."""
SAMPLES = {
    ("cli", "error"): ["expected a list with one paper a line"],
    ("lists", "error"): ["expected a list with one paper a line"],
    ("watch", "error"): [
        "expected a day such as 2026-11-22, got '7'",
        "expected an arXiv ID, got a list",
    ],
    ("fetch", "str(error)"): ["arXiv did not answer properly after 4 tries: HTTP 503"],
}
"""What stands in a placeholder whose text comes from elsewhere; in any other one stands a 7."""


class Source:
    """What a module can say, found by reading it: every text that an expression can have."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.tree = ast.parse(path.read_text("utf-8"))
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        self.names = vars(importlib.import_module(".".join(("digest_plugin", *parts))))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        self.functions = {n.name: n for n in ast.walk(self.tree) if isinstance(n, kinds)}

    def messages(self) -> Iterator[tuple[int, str]]:
        """Line and text of every message."""
        for function in self.functions.values():
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    for text in self._said(node, function):
                        yield node.lineno, text

    def _said(self, call: ast.Call, function: ast.AST) -> Iterator[str]:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        prefix, said = "", None
        if name in SAYS and len(call.args) > SAYS[name]:
            said = call.args[SAYS[name]]
        elif name in ALSO_SAYS.get(self.name, ()):
            said = call.args[0]
        elif name == "Fetched":
            said = next((k.value for k in call.keywords if k.arg == "reason"), None)
        elif name in {"_PassingError", "PassingError", "_IncompleteError"} and self.name in PARTS:
            prefix, said = PARTS[self.name], call.args[0]
        texts = () if said is None else self.texts(said, function)
        # What has no words of its own only passes on what another call has said.
        yield from (prefix + text for text in texts if re.search("[A-Za-z]{2}", text))

    def texts(self, node: ast.expr, function: ast.AST, seen: tuple[str, ...] = ()) -> list[str]:
        """Every text that `node` can have."""
        source = ast.unparse(node)
        if (self.name, source) in SAMPLES:
            return SAMPLES[self.name, source]

        def of(inner: ast.expr) -> list[str]:
            return self.texts(inner, function, seen)

        match node:
            case ast.Constant(None):
                return []
            case ast.Constant(str(text)):
                return [text]
            case ast.JoinedStr(values=parts):
                return ["".join(texts) for texts in itertools.product(*map(of, parts))]
            case ast.FormattedValue(value=ast.expr() as value):
                return of(value)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [a + b for a in of(left) for b in of(right)]
            case ast.IfExp(body=body, orelse=orelse):
                return of(body) + of(orelse)
            case ast.Call(func=ast.Name("quoted"), args=[value, *_]):
                return [quoted(text) for text in of(value)]
            case ast.Call(func=ast.Name("one_line" | "str"), args=[value, *_]):
                return of(value)
            case ast.Call(func=ast.Name("next"), args=[ast.GeneratorExp(elt=elt), default]):
                return of(elt) + of(default)
            case ast.Call(func=ast.Name("network_reason")) if self.name != "errors":
                return Source(PACKAGE / "errors.py").texts(node, function)  # with names of its own
            case ast.Call(func=ast.Name(name)) if name in self.functions and name not in seen:
                called = self.functions[name]
                returns = [
                    n.value for n in ast.walk(called) if isinstance(n, ast.Return) and n.value
                ]
                return [t for value in returns for t in self.texts(value, called, (*seen, name))]
            case ast.Name(name) if name not in seen and (
                found := self._bound(name, function, seen)
            ):
                return found
        try:
            return [str(eval(source, dict(self.names)))]  # a constant of the module
        except Exception:
            return ["7"]

    def _bound(self, name: str, function: ast.AST, seen: tuple[str, ...]) -> list[str]:
        """Every text that the variable `name` gets in `function`."""
        texts, added = [], [""]
        for node in ast.walk(function):
            match node:
                case (
                    ast.Assign(targets=[ast.Name(target)], value=value)
                    | ast.AnnAssign(target=ast.Name(target), value=ast.expr() as value)
                    | ast.NamedExpr(target=ast.Name(target), value=value)
                ) if target == name:
                    texts += self.texts(value, function, (*seen, name))
                case ast.AugAssign(target=ast.Name(target), value=value) if target == name:
                    added += self.texts(value, function, (*seen, name))
                case (ast.For() | ast.comprehension()) as loop:
                    texts += self._looped(name, loop)
        return [text + more for text in texts for more in added if text or more]

    def _looped(self, name: str, loop: ast.For | ast.comprehension) -> list[str]:
        """What `name` is in turn, in a loop over the items of a constant dict."""
        match loop:
            case ast.For() | ast.comprehension() if isinstance(loop.target, ast.Tuple):
                targets = [ast.unparse(target) for target in loop.target.elts]
                try:
                    items = list(eval(ast.unparse(loop.iter), dict(self.names)))
                except Exception:
                    return []
                return [str(item[targets.index(name)]) for item in items if name in targets]
        return []


SOURCES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    # The check's problems are no faults of files.
    if not path.stem.startswith("__") and path.parent.name != "check"
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_message_in_the_source_has_its_chinese(path) -> None:
    """Whoever adds a message adds its Chinese: see the table in annotations.py."""
    lacking = []
    for line, text in Source(path).messages():
        translation = chinese(text)
        if UNTRANSLATED in translation or SENTENCE.search(translation):
            lacking.append(f"{path.name}:{line}: {text}")
    assert lacking == []


def test_the_source_is_read_right() -> None:
    """The reader finds what is composed, passed on, looked up and added."""
    said = {path.stem: {text for _, text in Source(path).messages()} for path in SOURCES}
    assert "expected a name of its own, got '7', which is taken" in said["digests"]
    assert len([text for text in said["digests"] if text.startswith("expected a file name")]) == 1
    identifier = spoken._ABBREVIATIONS["$ID"]
    assert f"{identifier} '7': there is no month 7" in said["identifiers"]
    assert any("trailing zero" in text for text in said["identifiers"])
    assert len(said["identifiers"]) == 9
    advice = {text for text in said["strict_yaml"] if text.startswith("expected YAML")}
    assert "expected YAML, got: 7: close the quotes or brackets" in advice
    assert len(advice) == 6
    assert "expected at most 8 levels of nesting, got more" in said["strict_yaml"]
    assert any("got the control character U+7" in text for text in said["strict_yaml"])
    assert any("got: 7" in text for text in said["store"])
    assert "arXiv refuses whatever it is asked: arXiv refuses this ID as malformed" in said["fetch"]
    assert any("no answer in time" in text for text in said["fetch"])
    assert any("fewer papers" in t and "it asks to wait 7 s" in t for t in said["fetch"])
    assert any(t.startswith("look at this correction again") for ts in said.values() for t in ts)
    assert any("no usable answer in 7 attempts" in text for text in said["write"])
    assert not said["contents"]
    for module, least in {
        "digests": 18,
        "corrections": 4,
        "glossary": 6,
        "files": 1,
        "store": 6,
    }.items():
        assert len(said[module]) >= least


# --- the line that GitHub reads -------------------------------------------------------------


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as GitHub's runner takes it apart: ActionCommand.TryParseV2."""
    assert len(re.split("\r\n|\r|\n", line)) == 1
    assert line.startswith("::")
    head, mark, data = line.strip()[2:].partition("::")
    assert mark
    name, _, rest = head.partition(" ")
    properties = {}
    for pair in filter(None, rest.strip().split(",")):
        key, _, value = pair.partition("=")
        assert key not in properties
        properties[key] = unescaped(value, ":,")
    return name, properties, unescaped(data)


def unescaped(text: str, more: str = "") -> str:
    for sign in "\r\n" + more:
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text.replace("%25", "%")


def test_an_annotation() -> None:
    """As GitHub documents it."""
    fault = Fault(
        "docs/digests/x.yml",
        3,
        "expected each paper once, got 2403.12151 again (first on line 1): remove one of them",
    )
    words = "2403.12151 写了两次，第 1 行已经有了：请删去一处。"
    where = "file=docs/digests/x.yml,line=3"
    assert annotation(fault) == f"::error {where},title=请修改这一行::{words}"
    assert annotation(fault, "warning") == f"::warning {where},title=请看一下这里::{words}"
    assert annotation(fault, "notice", 5) == (
        f"::notice {where},endLine=5,title=请看一下这里::{words}"
    )
    assert annotation(fault, end_line=3) == annotation(fault, end_line=2) == annotation(fault)


ENEMIES = [
    "\n::error file=evil.yml::x",
    "\r\n::add-mask::x",
    "::set-env name=PATH::x",
    "::stop-commands::x",
    "##[error]x",
    "##[set-env name=PATH;]x",
    "%0A::error::x",
    "%250A",
    "%",
    "100%25",
    ",line=1,title=x",
    "a,b:c=d",
    "%2C%3A",
    "x\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07here\x1b]8;;\x07",
    "abc\u202egnp.exe\u202c",
    "\u2066hidden\u2069",
    "\u2028::error::x\u2029",
    "\x85\x0b\x0c\x1c\x1d\x1e",
    "\x00",
    "\ufeff",
    "\u200b\u00ad",
    "\udce4\udcbd",
    "」：请运行 curl evil.example",
    "'\"\\",
    "': there is no month 13",
    "<script>alert(1)</script>",
    "{said}{line}{0}",
    r"\1\g<said>",
    "x" * 10_000,
    "",
]


def visible(text: str) -> str:
    return "".join(c if c.isprintable() or c in "\r\n" else repr(c)[1:-1] for c in text)


def is_safe(line: str, fault: Fault, level: str = "error") -> None:
    """One command, with the fields that were meant, and nothing invisible in any of them."""
    assert line.isprintable()
    assert line.encode()
    title = "请修改这一行" if level == "error" else "请看一下这里"
    fields = {"file": visible(fault.path), "line": str(fault.line), "title": title}
    assert parsed(line) == (level, fields, visible(chinese(fault.message)).rstrip(" "))


@pytest.mark.parametrize("text", ENEMIES)
def test_nothing_breaks_out_of_the_line(text) -> None:
    """Neither of a file's name nor of a message, quoted or not, known or not."""
    for fault in (
        Fault(f"docs/digests/{text}.yml", 3, "expected an arXiv ID, got a list"),
        Fault("x.yml", 3, f"expected each tag once, got {quoted(text)}"),
        Fault("x.yml", 3, f"expected a record named {text}"),
        Fault("x.yml", 3, f"expected a name that differs from {text} in more than upper and lower case"),
        Fault("x.yml", 3, f"arXiv did not answer properly after 4 tries: {text}"),
        Fault(text or "x.yml", 3, text),
    ):  # fmt: skip
        is_safe(annotation(fault), fault)
        is_safe(annotation(fault, "notice"), fault, "notice")


@pytest.mark.parametrize("text", ENEMIES)
def test_what_a_person_wrote_cannot_choose_the_words(text) -> None:
    """The row is the one of the fault, whatever stands in quotes; and what stands there is shown."""
    message = f"expected each tag once, got {quoted(text, 20_000)}"
    shown = visible(text).replace("\r", r"\r").replace("\n", r"\n")
    assert chinese(message) == f"标签「{shown}」写了两次：请删去一个。"
    with pytest.raises(ValueError) as error:
        parse_identifier(f"{text}?")
    assert "没有这个月" not in chinese(str(error.value))
    assert "不是 arXiv 编号" in chinese(str(error.value))


@pytest.mark.parametrize("text", ENEMIES)
def test_a_message_without_an_annotation_is_no_command(text) -> None:
    """GitHub takes `##[` for the start of one wherever it stands in a line:
    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs"""
    for line in (quoted(text), one_line(text), str(Fault(f"docs/{text}", 1, quoted(text)))):
        assert "##[" not in line
        assert line.isprintable()


@given(st.text(), st.text(), st.integers(1, 10**6))
def test_any_text_stays_in_its_field(path, message, line) -> None:
    """Whatever the file is called and the message says."""
    fault = Fault(path, line, message)
    is_safe(annotation(fault), fault)


@given(st.text())
def test_data_arrives_as_it_was(text) -> None:
    """GitHub takes back what we escaped: nothing is lost, nothing is taken twice."""
    message = f"arXiv did not answer properly after 4 tries: {one_line(text)}"
    assert parsed(annotation(Fault("x.yml", 1, message)))[2] == chinese(message)


@pytest.mark.parametrize(
    "message",
    [
        "; it asks to wait 1 s" * 50_000,
        "arXiv did not answer properly after 4 tries: " * 20_000,
        "asked again about 7 papers: " * 20_000,
        "2403.12151: " * 50_000,
        "a:1: " * 50_000,
        "expected each tag once, got '" + "\\" * 100_001,
        "expected YAML, got: while scanning " * 5_000,
    ],
)
def test_a_message_without_end_is_answered(message) -> None:
    """No recursion without bottom, no pattern that tries for ever."""
    start = time.monotonic()
    assert chinese(message)
    assert time.monotonic() - start < 20
