"""English words that make no term: see rising_words.py."""

from __future__ import annotations

STOP_WORDS = frozenset(
    """
a ability able about above abstract accordingly account accuracy accurate achievable achieve
achieved achievement achieves achieving acquire acquired across addition additional address
addressed addresses addressing adopt adopted adopting adopts advance advanced advancement advances
advancing advantage advantageous aforementioned after again against aid aiding aim aimed aiming
aims al all allow allowed allowing allows almost alone along already also alternative although
always am among amongst amount an analyse analysed analyses analysing analysis analyze analyzed
analyzes analyzing and another any anyone anything appear applicable application applied applies
apply applying approach approaches appropriate are area argue around article arxiv as aspect
assess assessed assessing assessment associated assume assumed assuming assumption at attain
attempt attention-grabbing author available average avoid aware away base based baseline basic
basis be because become becomes becoming been before behind being below beneficial benefit beside
besides best better between beyond big both bring brings broad broader build building builds built
but by call called can cannot capability capable capture captured captures capturing carefully
carried carry cause central certain challenge challenged challenging change characteristic
characterize choice choose classic classical clear close closely collect collected com combination
combine combined combines combining come comes common comparable compare compared compares
comparing comparison competitive complete complex comprehensive comprise comprises comprising
compute computed computing concern concerning conclude conclusion concrete conduct conducted
conducting confirm consequently consider considerable consideration considered considering
considers consist consistent consisting consists constitute construct constructed constructing
contain containing contains contemporary contribute contribution conventional core correct
correspond corresponding cost could create created creates creating critical crucial current
currently cutting-edge day deal decade deeper define defined defines defining definition delve
delves delving demonstrate demonstrated demonstrates demonstrating demonstration depend dependent
depends derive derived describe described describes describing designed designing designs
desirable desired despite detailed determine determined determining develop developed developing
develops devise devised did differ difference different difficult difficulty direct discover
discovered discuss discussed discusses discussing discussion distinct diverse do does doi doing
done down dr dramatic drawback drive driven driving due during each early easy effective
effectiveness efficacy efficient effort eg eight either else elucidate embrace emerge emerged
emergence emerging emphasis emphasize emphasizes emphasizing empirical employ employed employing
employs empower empowering enable enabled enables enabling encompass encompasses encompassing
encounter encourage end-to-end enhance enhanced enhancement enhances enhancing enough ensure
ensured ensures ensuring entire essential establish established establishes establishing estimate
et etc evaluate evaluated evaluates evaluating even ever ever-evolving every everyone everything
evolving examine examined examines examining example exceed excel excellent exceptional exhibit
exhibited exhibiting exhibits exist existing exists expand expanding expect expected expensive
experiment experimental experimentation explain explore explored explores exploring expose extend
extended extending extends extensive extent extra extract extracted extracting face facilitate
facilitated facilitates facilitating facing fact fail fails failure far fast faster few fewer
final find finding finds fine-grained first fit five five-fold focused focuses focusing follow
followed following follows for formulate formulated forward foster fostering found foundational
four from fundamental further furthermore gain gained gaining gains game-changing generate
generated generates generating generic get gets getting github give given gives giving go goes
going gone good got great greater groundbreaking grow growing guided guiding had half handle
handling harness harnessing has have having he help helpful helps hence her here hereby herein
high high-level high-quality higher highest highlight highlighted highlighting highlights him
hinder his hold holds holistic how however http https hundred i ideal identified identifies
identify identifying ie if illustrate illustrated impact impacts implement implemented
implementing implication implicit importance important impose impressive improve improved
improvement improves improving in in-depth include included includes including incorporate
incorporated incorporates incorporating increase increased increases increasing indeed indicate
indicated indicates indicating inform inherent initial innovation innovative innovatively inside
insight inspired instead integral integrate integrated integrates integrating intend interesting
interestingly into intricacies intricate introduce introduced introduces introducing introduction
intuitive investigate investigated investigates investigating investigation involve involved
involves involving is issue it iteration its itself just keep keeps kept key kind know knowing
known lack lacking lacks landscape large-scale larger largest last later latter lead leading leads
learn learned learns least leave led left length less lesson let leverage leveraged leverages
leveraging lies like likely likewise limit limitation limited limiting limits little located long
long-standing look lot low-level lower lowest made main maintain maintained maintaining maintains
major majority make makes making manner many match matter maximum may me mean meaning means
meanwhile measured meet mention method methodology meticulous meticulously might mine minimal
minimum modeled moderate modern modest modified modify month more moreover most motivate motivated
motivation move mr much multifaceted multiple must my namely narrow nature navigate navigating
near necessary necessitate need needed needing needs neither never nevertheless new newer newest
newly next nice nine no nobody non none nonetheless nor not notable note noteworthy nothing notion
novel now nowadays nuance nuanced numerical numerous observe observed observing obtain obtained
obtaining obtains occur occurring of of-a-kind off offer offered offering offers often old on once
one one- ones only onto operate opportunity optimal option or org organize original other others
otherwise our ours ourselves out outcome outline outperform outperformed outperforming outperforms
outside over overall overcome overcomes overcoming own page paper paradigm paramount partial
particular parts past pave paves paving pdf per perform performance performed performing performs
perhaps pioneering pivotal play plays please plethora popular pose posed poses posing positive
possess possesses possibility possible potent potential powerful practical practice precise
predict predicted predicting predominant preprint present presented presenting presents preserve
preserving previous previously primary principal priority processed processes produce produced
produces producing proficiency profound prominent promise promising promote propel proper proposal
propose proposed proposes proposing prove proven proves provide provided provides providing
publication publicly publish published purpose pursue put quantify quick quite raise raised raises
raising rapid rather raw reach reached reaching ready real real-world really realm reason
reasonable receive received recent recently recognize recognized recommend reduce reduced reduces
reducing refer refine refined refining regard regarding regime relate related relative release
released relevant reliable reliance relies rely relying remain remaining remains remarkable
reported reports represent represented representing represents request require required
requirement requires requiring resolve respect respective respectively rest restrict restricted
result resulted resulting results retain reveal revealed revealing reveals revisit revolutionize
revolutionized revolutionizing rich right rigorous rise rising robust running said same say says
scenarios scope seamless seamlessly second see seek seeking seeks seem seems seen select selected
selecting separate serve served serves serving setup seven several shall share shared she shed
short shortcoming should show showcase showcased showcases showcasing showed showing shown shows
significance significant similar simple simpler simplicity simplify simultaneous since single six
slight slow small smaller smallest so so-called solve solved solves solving some something
sometimes soon sophisticated span specialized specific specify spite stand standard stands start
started starting state-of-the-art still stop straightforward strategic streamline strengthen
strict strike striking strive strong stronger struggle struggling studied studies studying
subsequent substantial succeed success successful such suffer suffering suffers sufficient suggest
suggested suggesting suggests suitable summarize superior superiority supported supporting
supports surge surpass surpassed surpasses surpassing surprising synergistic synergize synergy
systematic tackle tackled tackles tackling tailor tailored tailoring take taken takes taking talk
tapestry technical ten tend term tested testing than that the their theirs them themselves then
theoretical there thereby therefore these they thing things think third this thorough those though
thought-provoking thousand three thrive through throughout thus till timely to today together too
took top total toward towards tradeoff traditional train trained transform transformative
transforming treat tried true try trying turn two typical ultimate uncover uncovering under
underexplored undergo underlying underneath underscore underscored underscores underscoring
understand understanding understood unexplored unified unify unique universal unless unlike unlock
unlocking unprecedented unravel until unveil unveiled unveiling unveils up up-to-date update
updated upon upper url us use used useful usefulness user-friendly uses using usual utilise
utilised utility utilization utilize utilized utilizes utilizing valid validate validated
validates validating validation valuable variant variety various vary varying vast verify
versatile versus via viable vital vs want wants was way ways we weak well well-known went were
what whatever when whenever where whereas whereby wherein whether which whichever while who whole
whom whose why wide widely wider widespread will with within without worked working works worse
worst worth would write writing written wrong www yet yield yielded yielding yields you your yours
zero
""".split()
)
"""Those of every English text, those of every abstract, and those that language models like."""

WEAK_WORDS = frozenset(
    """
answer attribute behavior behaviour benchmark case class code complexity component concept
condition connection construction content context contrast creation data database dataset deep
degree demand description design detail development direction domain dynamic effect efficiency end
evaluation evidence evolution experience explanation exploration extension extraction factor
feature field fine focus form formal formulation foundation framework free full function future
gap general goal ground group growth guide hard human idea identification implementation
individual information input instance integration interest large learning level light line link
list literature loss low mark measure measurement mechanism metric model modeling modelling
modification name natural network novelty number object objective observation open operation order
output overview parameter part path person perspective phenomenon place point power precision
principle prior problem procedure process processing project property public quality question
range rank rate record reduction region relation report research researcher response review
robustness role route run sample scale scenario scheme score selection sense set setting shape
shift side similarity situation size society solution source space speed stage state statistic
step strategy strength structure study style subject subset summary support survey system target
task team technique technology test theory time tool topic track trade-off tradition training
trend type unit user value variability variation version view visual week word work world year
""".split()
)
"""Terms as part of a phrase (`world model`), but not alone."""

NO_ADVERBS = frozenset(
    """
anomaly apply assembly butterfly early family fly imply italy july monopoly multiply poly rely reply
supply
""".split()
)
"""Words in -ly that are no adverbs."""
