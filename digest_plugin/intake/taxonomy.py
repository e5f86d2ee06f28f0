"""What arXiv's categories are called: https://arxiv.org/category_taxonomy

Entries of the API also carry MSC and ACM classes, such as `68T50`, as if they were categories: they
have no name here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# ID, English name | Chinese name, or the category that it is another name of.
_ACTIVE = """
astro-ph.CO  Cosmology and Nongalactic Astrophysics | 宇宙学与河外天体物理
astro-ph.EP  Earth and Planetary Astrophysics | 地球与行星天体物理
astro-ph.GA  Astrophysics of Galaxies | 星系天体物理
astro-ph.HE  High Energy Astrophysical Phenomena | 高能天体物理现象
astro-ph.IM  Instrumentation and Methods for Astrophysics | 天体物理仪器与方法
astro-ph.SR  Solar and Stellar Astrophysics | 太阳与恒星天体物理
cond-mat.dis-nn  Disordered Systems and Neural Networks | 无序系统与神经网络
cond-mat.mes-hall  Mesoscale and Nanoscale Physics | 介观与纳米尺度物理
cond-mat.mtrl-sci  Materials Science | 材料科学
cond-mat.other  Other Condensed Matter | 其他凝聚态物理
cond-mat.quant-gas  Quantum Gases | 量子气体
cond-mat.soft  Soft Condensed Matter | 软凝聚态物理
cond-mat.stat-mech  Statistical Mechanics | 统计力学
cond-mat.str-el  Strongly Correlated Electrons | 强关联电子
cond-mat.supr-con  Superconductivity | 超导
cs.AI  Artificial Intelligence | 人工智能
cs.AR  Hardware Architecture | 硬件体系结构
cs.CC  Computational Complexity | 计算复杂性
cs.CE  Computational Engineering, Finance, and Science | 计算工程、金融与科学
cs.CG  Computational Geometry | 计算几何
cs.CL  Computation and Language | 计算与语言
cs.CR  Cryptography and Security | 密码学与安全
cs.CV  Computer Vision and Pattern Recognition | 计算机视觉与模式识别
cs.CY  Computers and Society | 计算机与社会
cs.DB  Databases | 数据库
cs.DC  Distributed, Parallel, and Cluster Computing | 分布式、并行与集群计算
cs.DL  Digital Libraries | 数字图书馆
cs.DM  Discrete Mathematics | 离散数学
cs.DS  Data Structures and Algorithms | 数据结构与算法
cs.ET  Emerging Technologies | 新兴技术
cs.FL  Formal Languages and Automata Theory | 形式语言与自动机理论
cs.GL  General Literature | 综合文献
cs.GR  Graphics | 计算机图形学
cs.GT  Computer Science and Game Theory | 计算机科学与博弈论
cs.HC  Human-Computer Interaction | 人机交互
cs.IR  Information Retrieval | 信息检索
cs.IT  Information Theory | 信息论
cs.LG  Machine Learning | 机器学习
cs.LO  Logic in Computer Science | 计算机科学中的逻辑
cs.MA  Multiagent Systems | 多智能体系统
cs.MM  Multimedia | 多媒体
cs.MS  Mathematical Software | 数学软件
cs.NA  Numerical Analysis | = math.NA
cs.NE  Neural and Evolutionary Computing | 神经与进化计算
cs.NI  Networking and Internet Architecture | 网络与互联网体系结构
cs.OH  Other Computer Science | 其他计算机科学
cs.OS  Operating Systems | 操作系统
cs.PF  Performance | 性能评价
cs.PL  Programming Languages | 编程语言
cs.RO  Robotics | 机器人学
cs.SC  Symbolic Computation | 符号计算
cs.SD  Sound | 声音计算
cs.SE  Software Engineering | 软件工程
cs.SI  Social and Information Networks | 社会与信息网络
cs.SY  Systems and Control | = eess.SY
econ.EM  Econometrics | 计量经济学
econ.GN  General Economics | 经济学综合
econ.TH  Theoretical Economics | 理论经济学
eess.AS  Audio and Speech Processing | 音频与语音处理
eess.IV  Image and Video Processing | 图像与视频处理
eess.SP  Signal Processing | 信号处理
eess.SY  Systems and Control | 系统与控制
gr-qc  General Relativity and Quantum Cosmology | 广义相对论与量子宇宙学
hep-ex  High Energy Physics - Experiment | 高能物理实验
hep-lat  High Energy Physics - Lattice | 格点场论
hep-ph  High Energy Physics - Phenomenology | 高能物理唯象学
hep-th  High Energy Physics - Theory | 高能物理理论
math-ph  Mathematical Physics | 数学物理
math.AC  Commutative Algebra | 交换代数
math.AG  Algebraic Geometry | 代数几何
math.AP  Analysis of PDEs | 偏微分方程分析
math.AT  Algebraic Topology | 代数拓扑
math.CA  Classical Analysis and ODEs | 经典分析与常微分方程
math.CO  Combinatorics | 组合数学
math.CT  Category Theory | 范畴论
math.CV  Complex Variables | 复变函数
math.DG  Differential Geometry | 微分几何
math.DS  Dynamical Systems | 动力系统
math.FA  Functional Analysis | 泛函分析
math.GM  General Mathematics | 数学综合
math.GN  General Topology | 一般拓扑
math.GR  Group Theory | 群论
math.GT  Geometric Topology | 几何拓扑
math.HO  History and Overview | 数学史与综述
math.IT  Information Theory | = cs.IT
math.KT  K-Theory and Homology | K 理论与同调
math.LO  Logic | 数理逻辑
math.MG  Metric Geometry | 度量几何
math.MP  Mathematical Physics | = math-ph
math.NA  Numerical Analysis | 数值分析
math.NT  Number Theory | 数论
math.OA  Operator Algebras | 算子代数
math.OC  Optimization and Control | 最优化与控制
math.PR  Probability | 概率论
math.QA  Quantum Algebra | 量子代数
math.RA  Rings and Algebras | 环与代数
math.RT  Representation Theory | 表示论
math.SG  Symplectic Geometry | 辛几何
math.SP  Spectral Theory | 谱理论
math.ST  Statistics Theory | 统计理论
nlin.AO  Adaptation and Self-Organizing Systems | 适应与自组织系统
nlin.CD  Chaotic Dynamics | 混沌动力学
nlin.CG  Cellular Automata and Lattice Gases | 元胞自动机与格子气
nlin.PS  Pattern Formation and Solitons | 斑图形成与孤子
nlin.SI  Exactly Solvable and Integrable Systems | 精确可解与可积系统
nucl-ex  Nuclear Experiment | 核物理实验
nucl-th  Nuclear Theory | 核物理理论
physics.acc-ph  Accelerator Physics | 加速器物理
physics.ao-ph  Atmospheric and Oceanic Physics | 大气与海洋物理
physics.app-ph  Applied Physics | 应用物理
physics.atm-clus  Atomic and Molecular Clusters | 原子与分子团簇
physics.atom-ph  Atomic Physics | 原子物理
physics.bio-ph  Biological Physics | 生物物理
physics.chem-ph  Chemical Physics | 化学物理
physics.class-ph  Classical Physics | 经典物理
physics.comp-ph  Computational Physics | 计算物理
physics.data-an  Data Analysis, Statistics and Probability | 数据分析、统计与概率
physics.ed-ph  Physics Education | 物理教育
physics.flu-dyn  Fluid Dynamics | 流体动力学
physics.gen-ph  General Physics | 物理学综合
physics.geo-ph  Geophysics | 地球物理
physics.hist-ph  History and Philosophy of Physics | 物理学史与物理学哲学
physics.ins-det  Instrumentation and Detectors | 仪器与探测器
physics.med-ph  Medical Physics | 医学物理
physics.optics  Optics | 光学
physics.plasm-ph  Plasma Physics | 等离子体物理
physics.pop-ph  Popular Physics | 物理科普
physics.soc-ph  Physics and Society | 物理学与社会
physics.space-ph  Space Physics | 空间物理
q-bio.BM  Biomolecules | 生物分子
q-bio.CB  Cell Behavior | 细胞行为
q-bio.GN  Genomics | 基因组学
q-bio.MN  Molecular Networks | 分子网络
q-bio.NC  Neurons and Cognition | 神经元与认知
q-bio.OT  Other Quantitative Biology | 其他定量生物学
q-bio.PE  Populations and Evolution | 种群与进化
q-bio.QM  Quantitative Methods | 生物学定量方法
q-bio.SC  Subcellular Processes | 亚细胞过程
q-bio.TO  Tissues and Organs | 组织与器官
q-fin.CP  Computational Finance | 计算金融
q-fin.EC  Economics | = econ.GN
q-fin.GN  General Finance | 金融学综合
q-fin.MF  Mathematical Finance | 数理金融
q-fin.PM  Portfolio Management | 投资组合管理
q-fin.PR  Pricing of Securities | 证券定价
q-fin.RM  Risk Management | 风险管理
q-fin.ST  Statistical Finance | 统计金融
q-fin.TR  Trading and Market Microstructure | 交易与市场微观结构
quant-ph  Quantum Physics | 量子物理
stat.AP  Applications | 统计应用
stat.CO  Computation | 统计计算
stat.ME  Methodology | 统计方法
stat.ML  Machine Learning | 统计机器学习
stat.OT  Other Statistics | 其他统计学
stat.TH  Statistics Theory | = math.ST
"""

# Archives that have become categories, and those that have categories but are none themselves.
_INACTIVE = """
acc-phys  Accelerator Physics | = physics.acc-ph
adap-org  Adaptation, Noise, and Self-Organizing Systems | 适应、噪声与自组织系统
alg-geom  Algebraic Geometry | = math.AG
ao-sci  Atmospheric-Oceanic Sciences | 大气与海洋科学
astro-ph  Astrophysics | 天体物理
atom-ph  Atomic, Molecular and Optical Physics | 原子、分子与光物理
bayes-an  Bayesian Analysis | 贝叶斯分析
chao-dyn  Chaotic Dynamics | = nlin.CD
chem-ph  Chemical Physics | = physics.chem-ph
cmp-lg  Computation and Language | = cs.CL
comp-gas  Cellular Automata and Lattice Gases | = nlin.CG
cond-mat  Condensed Matter | 凝聚态物理
cs  Computer Science | 计算机科学
dg-ga  Differential Geometry | = math.DG
econ  Economics | 经济学
eess  Electrical Engineering and Systems Science | 电气工程与系统科学
funct-an  Functional Analysis | = math.FA
math  Mathematics | 数学
mtrl-th  Materials Theory | 材料理论
nlin  Nonlinear Sciences | 非线性科学
patt-sol  Pattern Formation and Solitons | = nlin.PS
physics  Physics | 物理学
plasm-ph  Plasma Physics | = physics.plasm-ph
q-alg  Quantum Algebra and Topology | 量子代数与拓扑
q-bio  Quantitative Biology | 定量生物学
q-fin  Quantitative Finance | 量化金融
solv-int  Exactly Solvable and Integrable Systems | = nlin.SI
stat  Statistics | 统计学
supr-con  Superconductivity | = cond-mat.supr-con
"""


@dataclass(frozen=True)
class Category:
    """One of arXiv's categories, or an archive that papers carry as if it were one."""

    id: str
    name: str
    """In English, as arXiv writes it."""
    chinese: str
    active: bool
    """Whether arXiv puts new papers there."""


def _rows(table: str) -> Iterable[tuple[str, str, str]]:
    for line in table.strip().splitlines():
        category, names = line.split("  ", 1)
        name, chinese = names.split(" | ")
        yield category, name, chinese


def _read(active: str, inactive: str) -> tuple[dict[str, Category], dict[str, str]]:
    rows = [*_rows(active), *_rows(inactive)]
    chinese = {category: text for category, _, text in rows}
    aliases = {one: text[2:] for one, text in chinese.items() if text.startswith("= ")}
    current = {category for category, _, _ in _rows(active)}
    return {
        category: Category(
            category, name, chinese[aliases.get(category, category)], category in current
        )
        for category, name, _ in rows
    }, aliases


_categories, _aliases = _read(_ACTIVE, _INACTIVE)
CATEGORIES: Mapping[str, Category] = MappingProxyType(_categories)
"""Every category by its ID: those of today by archive, then those that old papers carry."""
ALIASES: Mapping[str, str] = MappingProxyType(_aliases)
"""IDs that mean the same field as another: `cs.SY` is `eess.SY`, and `cmp-lg` became `cs.CL`."""
_ID = re.compile(r"[a-z]+(-[a-z]+)*(\.[A-Z]{2}|\.[a-z]+(-[a-z]+)*)?")
_LONGEST = 40
"""Characters that are worth comparing."""


def chinese_name(category: str) -> str | None:
    """What a category is called in Chinese; None if arXiv has none of this ID."""
    known = CATEGORIES.get(category)
    return known.chinese if known else None


def is_category(name: str) -> bool:
    """Whether `name` is the ID of a category, or could be one that arXiv has added since."""
    return name in CATEGORIES or _ID.fullmatch(name) is not None


def closest(category: str) -> str | None:
    """The ID that a person meant who wrote `category`; None if nothing, or too much, is that close.

    Case, width and punctuation (`cs.cl`, `cs。CL`, `hepth`) are forgiven first, then two letters
    that changed places, then one letter too many, missing or wrong. Of those equally close the
    categories of today come first; if there are several, none is meant.
    """
    if category in CATEGORIES:
        return category
    if len(category) > _LONGEST or not (letters := _letters(category)):
        return None
    for is_close in (str.__eq__, _is_swapped, _is_one_edit_away):
        near = [known for known in CATEGORIES if is_close(_letters(known), letters)]
        for found in ([known for known in near if CATEGORIES[known].active], near):
            if len(found) == 1:
                return found[0]
            if found:
                return None
    return None


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded))


def _is_swapped(one: str, other: str) -> bool:
    """Whether two neighbouring letters have changed places."""
    differing = [n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]]
    if len(one) != len(other) or len(differing) != 2:
        return False
    first, second = differing
    return second == first + 1 and one[first] == other[second] and one[second] == other[first]


def _is_one_edit_away(one: str, other: str) -> bool:
    """Whether one letter is missing, too many or another."""
    short, long = sorted((one, other), key=len)
    same = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    if len(short) == len(long):
        return short[same + 1 :] == long[same + 1 :] and short != long
    return len(long) == len(short) + 1 and short[same:] == long[same + 1 :]
