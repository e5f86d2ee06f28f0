"""Names: spelt as in the English, and not lost."""

from __future__ import annotations

import pytest

from digest_plugin.check import check_texts


def spans(
    english: str, chinese: str, title: str = "On names", zh_title: str = "论名称"
) -> list[str]:
    """The names at fault."""
    fields = {
        "title": zh_title,
        "summary": "本文研究名称。",
        "abstract": f"我们研究{chinese}的情况，并证明这一方法在许多数据上都有很好的效果，而且年年都是如此，"
        "无论春夏秋冬，也无论它们在北方还是在南方，在高山之上还是在大海之滨，皆是这样。",
    }
    found = check_texts(title, f"We study {english}, as was said.", fields)
    return [problem.span for problem in found if problem.kind == "name"]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("LLMs and a GAN", "LLM 和 GANs "),
        ("GPT-4 and GPT 3.5", "GPT4 与 GPT-3.5"),
        ("large latent heat models", "LLHM"),
        ("the Erdős graph", "Erdos 图"),
        (r'the Schr\"odinger bridge', "Schrödinger 桥"),
        ("MiniWoB++ tasks", "MiniWoB++ 任务"),
        ("language models", "AI 与 NLP"),
        ("gaussians and transformers", "Gaussian 与 Transformer"),
        ("three-dimensional shapes", "3D 形状"),
        ("part II", "第 II 部分"),
        ("pre-trained nets", "pretrained 网络"),
        ("see https://example.org/Abc", "见 https://example.org/Abc"),
        ("the $FOO$ norm", "FOO 范数"),
        ("AT&T, TCP/IP and BLIP_2", "AT&T、TCP/IP 与 BLIP_2"),
        ("Bellman's method, the Foo.Bar file, O'Neil", "Bellman 的方法、Foo.Bar 文件与 O'Neil"),
        ("naïve Bézier ﬁelds", "Bezier 场"),
        ("Łojasiewicz, Ørsted and Weiß", "Lojasiewicz、Orsted 与 Weiss"),
        ("the Weierstraß and Ngô forms, Gödel’s", "Weierstrass、Ngo 与 Gödel's 形式"),
        ("Markovian, Gaussian and Bayesian terms", "Markov、Gauss 与 Bayes 项"),
        ("Riemannian, Laplacian, Cartesian", "Riemann、Laplace"),
        ("Boltzmann-like, Bregman's and Ramseyness", "Boltzmann、Bregman 与 Ramsey"),
        ("Hadamards, Fourieres, Padéd, Wienered, Gaboring", "Hadamard、Fourier、Pade、Wiener、Gabor"),
        ("spectrally, Kripkelike, Pascaler", "Spectral、Kripke、Pascal"),
        ("a Huber and a Gauss", "Huberian、Gausses、Hubering、Hubered"),
        ("hashing and then quantized", "Hash、Quantize"),
        ("it was classified, batteries and pruning", "Classify、Battery、Prune"),
        ("the generator, fused and translation", "Generate、Fuse、Translate"),
        ("quantize and prune", "Quantized、Pruning"),
        ("large language planning models", "LLPM 与 LLPMs"),
        ("networks in the wild", "NITW 或 NW"),
        ("a very long name of nine words that", "AVLNONWT"),
        ("the Foo Bar Net Work", "FooBarNetWork 与 FooBars"),
        ("GPT-4, Llama and 24 tasks", "GPT-4、Llama-2、Llama24、LLaMA"),
        ("Vision4, gpt 3 and Qwen_2", "Vision-4、GPT3 与 Qwen2"),
        ("Qwen 2.5 with 32 heads", "Qwen32"),
        ("the OOD and the ODD case", "ODD 与 OOD"),
        ("the OOD case", "OODs"),
        ("three parts", "第 III 部分和第 XIV 部分"),
        ("Qwen-2.5 VL and the T5 model", "Qwen2-VL 与 T7"),
        ("the GAX case", "GPU 情况"),
        ("the LPN case", "NLP 情况"),
        ("words", "由许多很长的句子组成的 A 组、x 与 1234-5，以及 " + "ab1" * 20 + "c"),
        ("words", r"\emph{words} [cs.LG] 与 [math.AG] UPDATED"),
        ("words", "名为方法论，又称为系统性"),
    ],
)  # fmt: skip
def test_names_of_the_english_are_known(english: str, chinese: str) -> None:
    """Plurals, hyphens, accents and usual acronyms make no other name."""
    assert spans(english, chinese) == []


@pytest.mark.parametrize(
    ("english", "chinese", "span"),
    [
        ("the out-of-domain (OOD) case", "ODD 情况", "ODD"),
        ("MiniWoB++ tasks", "MiniWoW++ 任务", "MiniWoW++"),
        ("the RNN and the SVM", "CNN 和 SVM", "CNN"),
        ("GPT-4 and others", "GPT-5 等", "GPT-5"),
        ("a benchmark", "名为方法的基准", "名为方法"),
        ("the QQZX corpus, and QQZX again", "该语料库", "QQZX"),
        ("QQZXAB and QQZXAB", "该语料库", "QQZXAB"),
        ("QQZ and QQZ", "该语料库", "QQZ"),
        ("NLP and NLP, QQZX and QQZX", "该语料库", "QQZX"),
        ("ZZQX, ZZQX, QQZX, QQZX", "语料库 ZZQX", "QQZX"),
        ("the OOD case", "ODO 情况", "ODO"),
        ("the OOD case", "OOE 情况", "OOE"),
        ("the ABCD case", "ABDE 情况", "ABDE"),
        ("the NLP case", "NPL 情况", "NPL"),
        ("the AUC and the ACC", "ACU", "ACU"),
        ("the NPL case", "NLP 情况", "NLP"),
        ("the QA4 task", "QA5 任务", "QA5"),
        ("the network", "Zorps 层", "Zorps"),
        ("words", "Network 层", "Network"),
        ("Qwen 2.5 with 3 heads", "Qwen3", "Qwen3"),
        ("Qwen 2.5 with heads", "Qwen32", "Qwen32"),
        ("gpt 4", "gpt_5", "gpt_5"),
        ("a Foo Bar Net Work X", "FooBarNetWorkX", "FooBarNetWorkX"),
        ("a very long name of nine words that hold", "AVLNONWTH", "AVLNONWTH"),
        ("words", "由许多很长的句子组成的语料库 " + "ab1" * 20, "ab1" * 20),
        ("words", "第 XIVXIV 部分", "XIVXIV"),
        ("words", r"\textsc{FooBarr} 与 Fooz", "FooBarr"),
        ("words", "Quuxly 与 Zorps", "Quuxly"),
        ("words", "Zorps 与 Quuxly", "Zorps"),
        ("a system", "名为系统的工作", "名为系统"),
        ("a model", "称为模型，它", "称为模型"),
        ("a framework", "命名为框架（见下）", "命名为框架"),
        ("an algorithm", "叫做算法用于", "叫做算法"),
        ("a name", "称之为名称、它", "称之为名称"),
        ("a benchmark", "名为基准来", "名为基准"),
        ("a framework", "称为框架以", "称为框架"),
        ("a model", "名为模型。它", "名为模型"),
        ("a model", "名为模型,它", "名为模型"),
        ("a model", "名为模型(它)", "名为模型"),
    ],
)
def test_other_names_are_found(english: str, chinese: str, span: str) -> None:
    """A name that is none of the English is named."""
    assert span in spans(english, chinese)


@pytest.mark.parametrize(
    ("title", "zh_title", "lost"),
    [
        ("PRISMO: Seeing with Words", "用词语观看", ["PRISMO"]),
        ("PRISMO: Seeing with Words", "PRISMO：用词语观看", []),
        ("Mending with SeqLoom", "修补", ["SeqLoom"]),
        ("A Survey of NLP", "自然语言处理综述", []),
        ("Sample-and-Forward: Seeing Rates", "抽样转发：观察速率", []),
        ("MultiLayer Nets", "多层网络", []),
        ("eXplainable Nets, SuperLearning and NextGen", "可解释网络、超学习与下一代", []),
        ("MegaGraph+: Fast", "很快", ["MegaGraph+"]),
        ("PreTraining, AutoModel and MetaLearning", "更多", []),
        ("SeqLoom and WordLoom", "更多", ["SeqLoom", "WordLoom"]),
        ("PReLU and mRNAs", "更多", ["PReLU", "mRNAs"]),
        ("MyNet- and YourNet. And more", "更多", ["MyNet", "YourNet"]),
        ("Net4Graph, SeqLoom2", "更多", ["SeqLoom2"]),
        ("QuadCats", "四猫", ["QuadCats"]),
        ("QuadCats", "QuadCat 四猫", []),
        ("PRISMO: Seeing", "用词语 PRISMO 观看", []),
        ("PRISMO: Seeing", "Seeing", []),
        ("XyZ or aB Tests", "测试", []),
        ("GPT4: More", "更多", ["GPT4"]),
        ("R2D : More", "更多", ["R2D"]),
        ("U2net: More", "更多", ["U2net"]),
        ("MicroModels and MiniLearning, InterTask, IntraTask, MacroModel", "更多", []),
        ("ABC：More", "更多", []),
        ("ABC： More", "更多", ["ABC"]),
        ("ABC:More", "更多", []),
        ("T5: More", "更多", []),
        ("Fox: More", "更多", []),
        ("Trees ABC: More", "更多", []),
        ("X-RAY: More", "更多", ["X-RAY"]),
        ("Foo/BAR: More", "更多", ["Foo/BAR"]),
        ("X" * 40 + ": More", "更多", ["X" * 40]),
        ("X" * 41 + ": More", "更多", []),
    ],
)
def test_the_name_of_the_title_stays(title: str, zh_title: str, lost: list[str]) -> None:
    """What a paper calls its work is in the Chinese title, too; words written as one are no name."""
    assert spans("words", "词语", title, zh_title) == lost


@pytest.mark.parametrize(
    "usual",
    [
        "AI、ML、DL、NLP、CV、LLM、LLMs、RL、LM、PLM、NN 与 QA", "GPU、GPUs、CPU、CPUs、API、APIs 与 IoT",
        "DNN、CNN、RNN、GAN、LSTM、MLP、GNN、SVM、PCA、BERT、GPT、SGD 与 MCMC", "PDE、ODE、SDE、max、min、log、exp、sin、cos",
        "USA、US、UK、EU、UN、COVID、EEG、MRI、CT、DNA、RNA", "app、web、PDF、URL、HTML、http、https、GitHub、arXiv、www、email、Wi-Fi、WiFi",
        "Python、Java、VR、AR、SOTA、bug、ID、OK、top、et al、vs、etc、i.e.、e.g.、Ph.D.",
        "3 km、3 kg、3 cm、3 mm、3 ms、3 nm、3 fps", "3 GB、3 MB、3 TB、3 KB、3 Hz、3 kHz、3 MHz、3 GHz、3 dB",
        "token、tokens、prompt、softmax、lasso、boosting、bagging、dropout、logit、transformer、Pareto、Hessian",
    ],
)  # fmt: skip
def test_words_that_chinese_texts_use_anyway_are_known(usual: str) -> None:
    """Whatever the English says."""
    assert spans("words", usual) == []


SETTLED = {
    "NLP": "自然语言处理", "LLM": "大语言模型", "LLMS": "大语言模型", "PLM": "预训练语言模型", "GPU": "图形处理器", "CPU": "处理器",
    "USA": "美国", "PDE": "偏微分方程", "ODE": "常微分方程", "SDE": "随机微分方程", "PCA": "主成分分析", "SGD": "随机梯度下降",
    "SVM": "支持向量机", "MCMC": "马尔可夫链蒙特卡洛", "EEG": "脑电图", "ECG": "心电图", "MRI": "磁共振成像", "FMRI": "功能磁共振",
    "DNA": "脱氧核糖核酸", "RNA": "核糖核酸", "RNN": "循环网络", "CNN": "卷积网络", "DNN": "深度网络", "GNN": "图网络",
    "GAN": "对抗网络", "LSTM": "长短期记忆", "MLP": "多层感知机", "IID": "独立同分布", "GDP": "国内生产总值", "CEO": "首席执行官",
    "CFO": "首席财务官", "API": "接口", "KPI": "关键指标", "VAE": "变分自编码器", "WHO": "世卫组织", "NASA": "美国航天局", "NATO": "北约",
    "FDA": "药监局", "SEC": "证监会", "IMF": "货币基金组织", "ECB": "欧洲央行", "CDC": "疾控中心", "NYSE": "纽交所", "COVID": "新冠",
    "ICT": "信息技术", "IOT": "物联网", "WLAN": "无线局域网", "UAV": "无人机", "UAVS": "无人机", "UCL": "伦敦大学学院",
    "ASR": "语音识别", "TTS": "语音合成", "OCR": "文字识别", "SOTA": "最先进", "RCT": "随机试验", "FAQ": "常见问题", "FAQS": "常见问题",
    "DDOS": "拒绝服务", "ROI": "回报", "VAR": "风险价值", "CVAR": "条件风险价值", "CDF": "分布函数", "PDF": "密度", "ROC": "特征曲线",
    "AUC": "曲线下面积", "MSE": "均方误差", "MAE": "平均误差", "RMSE": "均方根误差", "SNR": "信噪比", "LQR": "线性二次调节器",
    "MPC": "预测控制", "MDP": "决策过程", "POMDP": "部分可观测过程", "RLHF": "人类反馈", "DFT": "离散变换", "SVD": "奇异值分解",
    "ILP": "整数规划", "MIP": "混合整数规划", "SAT": "可满足性", "SMT": "理论可满足性", "STEM": "理工科", "PHD": "博士",
    "USD": "美元", "EUR": "欧元", "GBP": "英镑", "CAD": "加元", "RGB": "三原色", "HTML": "网页", "XML": "标记语言", "HTTP": "协议",
    "HTTPS": "协议", "URL": "网址", "SQL": "查询语言", "CAM": "激活图", "GPS": "定位", "POS": "词性", "NER": "实体识别", "SSL": "自监督",
    "PAC": "概率近似正确", "ERM": "经验风险", "MAP": "最大后验", "MLE": "最大似然", "GMM": "混合模型", "HMM": "隐马尔可夫",
    "XAI": "可解释", "AOI": "关注区域", "GUI": "界面", "HSI": "高光谱", "NLU": "理解", "NLG": "生成", "NMT": "翻译", "HCI": "人机交互",
    "VQA": "问答", "ESA": "欧洲航天局", "III": "三",
}  # fmt: skip


@pytest.mark.parametrize(("acronym", "settled"), SETTLED.items())
def test_acronyms_with_a_settled_chinese_form_may_go(acronym: str, settled: str) -> None:
    """NLP may be 自然语言处理 alone."""
    assert spans(f"{acronym} and more {acronym}", settled) == []


def test_names_at_fault_are_told_once_and_how_to_mend_them() -> None:
    """Each with the field that it stands in or lacks in."""
    fields = {
        "title": "论树",
        "summary": "本文研究名为方法的树。",
        "abstract": "我们研究 Zorps 与 Zorps 的树。",
    }
    found = check_texts("On SeqLoom", "We study QQZX trees and QQZX.", fields)
    assert [problem.message for problem in found if problem.kind == "name"] == [
        "title lacks the name “SeqLoom” of the English: keep it",
        "summary says “名为方法” but gives no name: write the name that the English gives",
        "abstract has the name “Zorps”, which the English does not have: spell it as the English does",
        "abstract lacks the name “QQZX” of the English: keep it",
    ]


def test_words_in_capitals_and_acronyms_that_the_english_spells_out_may_go() -> None:
    """NOT is no name, and quick quiet zebras (QQZ) are."""
    shouted = "THE, AND, NOT, FOR, OUR, NEW, ALL, BUT, VIA, CAN, ARE, HOW, WHY, WHAT and ACT"
    for english in (
        f"{shouted}, and once more {shouted}", "the quick quiet zebras (QQZ) and QQZ",
        "one QQZX", "one QQZX2 and QQZX", "the QQ-QQZX and QQZX", "QQZXABC and QQZXABC", "QZ and QZ",
    ):  # fmt: skip
        assert spans(english, "这些") == []
    assert spans("QQZX", "这些", "On QQZX", "论其") == ["QQZX"]
