"""The six checks find what they are for, and the page's questions lead from a symptom to its page."""
import re

import numpy as np
import pytest

from docs.builder import page as pages
from docs.builder.figure import FigureError, Svg, word
from docs.builder.project import DOCS
from docs.builder.results import results
from docs.experiments import diagnosis
from docs.experiments.diagnosis import CHART, Record
from snippets.diagnosis import (_net, gradient_error, initial_loss, input_scale, neighbours_agree, overfit_batch,
                                update_ratio)
from snippets.network import loss_and_gradients

RNG = np.random.default_rng


def bowl(w):
    return np.sum(w**4) / 4, w**3


# The checks

@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_guessing_costs_ln_k_and_a_sure_wrong_start_costs_more(classes):
    p = np.full(classes, 1 / classes)
    assert initial_loss(-np.sum(p * np.log(p)), classes) == pytest.approx(1)
    assert initial_loss(2 * np.log(classes), classes) == pytest.approx(2)
    assert initial_loss(0.0, classes) == 0


@pytest.mark.parametrize("loss, classes, says", [
    (np.nan, 2, "loss"), (np.inf, 2, "loss"), (-0.1, 2, "loss"), (1.0, 1, "classes"), (1.0, 2.0, "classes"), (1.0, "2", "classes")])
def test_initial_loss_names_what_was_wrong(loss, classes, says):
    with pytest.raises(ValueError, match=f"^{says} .*got"):
        initial_loss(loss, classes)


def test_the_right_gradient_passes_and_one_that_is_off_by_a_millionth_does_not():
    w = RNG(1).normal(size=7)
    assert gradient_error(bowl, w, RNG(0)) < 1e-8
    assert gradient_error(lambda w: (bowl(w)[0], (1 + 1e-6) * bowl(w)[1]), w, RNG(0)) == pytest.approx(1e-6, rel=1e-2)
    assert gradient_error(lambda w: (bowl(w)[0], -bowl(w)[1]), w, RNG(0)) == pytest.approx(2)
    assert gradient_error(lambda w: (bowl(w)[0], 0 * w), w, RNG(0)) == 1
    assert gradient_error(lambda w: (3.0, 0 * w), w, RNG(0)) == 0


def test_differences_are_centred():
    """A one-sided difference is off by h f''/2; a centred one by h^2 f'''/6, which is nothing on a parabola."""
    assert gradient_error(lambda w: (np.sum(w**2), 2 * w), np.ones(3), RNG(0), h=0.1) < 1e-13
    wide = [gradient_error(bowl, np.ones(1), RNG(0), h=h) for h in (1e-2, 1e-1)]
    d = RNG(0).normal()
    assert wide == pytest.approx([h**2 * d**2 / (1 + h**2 * d**2) for h in (1e-2, 1e-1)], rel=1e-6)


def test_a_kink_between_the_points_fails_the_right_gradient():
    def relu(w):
        return np.sum(np.maximum(w, 0)), (w > 0) * 1.0

    assert gradient_error(relu, np.array([0.3]), RNG(0)) < 1e-9
    assert gradient_error(relu, np.array([1e-7]), RNG(0)) > 0.1


@pytest.mark.parametrize("f, w, h, says", [
    (bowl, [1.0], 0.0, "h must"), (bowl, [1.0], -1.0, "h must"), (bowl, [1.0], np.inf, "h must"), (bowl, [np.nan], 1e-5, "w must"),
    (lambda w: (0.0, np.ones(2)), [1.0], 1e-5, "f must"), (lambda w: (0.0, w * np.nan), [1.0], 1e-5, "f must")])
def test_gradient_error_names_what_was_wrong(f, w, h, says):
    with pytest.raises(ValueError, match=f"^{says} .*got"):
        gradient_error(f, np.array(w), RNG(0), h)


def test_overfitting_a_batch_is_plain_descent():
    w = np.array([3.0, -2.0])
    losses = overfit_batch(lambda w: (np.sum(w**2) / 2, w), w, 0.1, 50)
    assert losses == pytest.approx(13 / 2 * 0.9 ** (2 * np.arange(51)))
    assert w.tolist() == [3, -2], "what was given stays"


def test_a_batch_that_contradicts_itself_cannot_be_learned():
    """Twice the same input with two labels costs ln 2 at best."""
    x, w = np.ones((2, 3)), RNG(0).normal(size=(3 + 2) * 8)
    assert overfit_batch(lambda w: _net(w, x, np.array([0, 1]), 2), w, 0.5, 300)[-1] == pytest.approx(np.log(2), abs=1e-6)
    assert overfit_batch(lambda w: _net(w, x, np.array([1, 1]), 2), w, 0.5, 300)[-1] < 0.01


@pytest.mark.parametrize("lr, steps", [(0, 3), (-1, 3), (np.inf, 3), (np.nan, 3), (0.1, 0), (0.1, -1)])
def test_overfit_batch_names_what_was_wrong(lr, steps):
    with pytest.raises(ValueError, match="^lr, steps must be positive, got"):
        overfit_batch(bowl, np.ones(2), lr, steps)
    with pytest.raises(ValueError, match="^f must"):
        overfit_batch(lambda w: (np.nan, w / 0 if w.any() else w * np.nan), np.zeros(2), 0.1, 1)


def test_update_ratio_is_a_share_without_unit():
    before = RNG(0).normal(size=(4, 3))
    for unit in (1e-6, 1, 1e6):
        assert update_ratio(unit * before, unit * 1.001 * before) == pytest.approx(1e-3)
    assert update_ratio([3.0, 4.0], [3.0, 4.0]) == 0
    assert update_ratio([3.0, 4.0], [0.0, 0.0]) == 1


@pytest.mark.parametrize("before, after, says", [
    ([0, 0], [1, 1], "before and after"), ([1, 1], [1], "before and after"), ([np.nan], [1], "before must"), ([1], [np.inf], "after must")])
def test_update_ratio_names_what_was_wrong(before, after, says):
    with pytest.raises(ValueError, match=f"^{says}.*got"):
        update_ratio(before, after)


def test_input_scale_finds_the_worst_column():
    x = RNG(0).normal(size=(50, 3))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    assert input_scale(x) == pytest.approx((0, 1, 1), abs=1e-12)
    assert input_scale(x * [1, 0.01, 20] + [0, -7, 3]) == pytest.approx((7, 0.01, 20))


@pytest.mark.parametrize("x, says", [([1, 2], r"x must be \(N, D\)"), (np.zeros((0, 2)), "x must be"), ([[np.inf]], "x must be finite")])
def test_input_scale_names_what_was_wrong(x, says):
    with pytest.raises(ValueError, match=f"^{says}.*got"):
        input_scale(x)


def test_neighbours_agree_until_labels_are_shuffled_apart():
    rng = RNG(0)
    y = np.repeat([0, 1, 2, 2], 100)
    x = 10 * np.eye(3)[y] + rng.normal(size=(400, 3))
    assert neighbours_agree(x, y) == pytest.approx((1, 2 / 16 + 1 / 4))
    apart, chance = np.mean([neighbours_agree(x, rng.permutation(y)) for _ in range(40)], axis=0)
    assert apart == pytest.approx(chance, abs=0.02)


def test_nobody_is_their_own_neighbour_and_the_nearest_one_is_asked():
    assert neighbours_agree([[0.0], [1.0], [3.0]], [0, 1, 2])[0] == 0
    x, y = RNG(2).normal(size=(60, 4)), RNG(3).integers(3, size=60)
    nearest = [min((j for j in range(60) if j != i), key=lambda j: np.linalg.norm(x[i] - x[j])) for i in range(60)]
    assert neighbours_agree(x, y)[0] == pytest.approx(np.mean(y[nearest] == y))


@pytest.mark.parametrize("x, y, says", [
    ([[1.0]], [0], "x must be"), ([1.0, 2.0], [0, 1], "x must be"), ([[1.0], [2.0]], [0], "x must be"), ([[1.0], [np.nan]], [0, 1], "x must be finite")])
def test_neighbours_agree_names_what_was_wrong(x, y, says):
    with pytest.raises(ValueError, match=f"^{says}.*got"):
        neighbours_agree(x, y)


def test_the_demo_net_is_right_and_its_twin_is_not():
    x, y, w = RNG(0).normal(size=(12, 3)), RNG(1).integers(4, size=12), RNG(2).normal(size=(3 + 4) * 5)
    assert gradient_error(lambda w: _net(w, x, y, 4), w, RNG(0)) < 1e-7
    assert gradient_error(lambda w: _net(w, x, y, 4, forgotten=True), w, RNG(0)) > 1e-3
    first, last = w[:15].reshape(3, 5), w[15:].reshape(5, 4)
    z = np.tanh(x @ first) @ last
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert _net(w, x, y, 4)[0] == pytest.approx(-np.mean(np.log(p[range(12), y])))
    assert np.isfinite(_net(1e3 * w, x, y, 4)[0])


def test_a_forgotten_slope_still_learns(fact):
    """The page says so: a loss that falls does not prove the gradient."""
    assert fact("forgotten") > 1e-3 and fact("overfit") < 0.1 < np.log(10)
    assert fact("error") < 1e-7 < 1e-3 < fact("single")


# The chart

QUESTION = re.compile(r"^### (?P<text>.+?) \{#(?P<id>[\w-]+)\}\n(?P<body>.*?)(?=^##|\Z)", re.M | re.S)
ANSWER = re.compile(r"^- \*\*(?P<text>.+?)\*\*[:：]?(?P<rest>.*?)(?=^- |^\n|\Z)", re.M | re.S)
PAGES = [DOCS / language / "diagnosis.md" for language in ("en", "zh", "de") if (DOCS / language / "diagnosis.md").exists()]


def in_words(path) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """id of a question: its text, and its answers with the first link of each."""
    body = pages.read(path).body
    body = body[body.index("{#in-words}"):]
    return {match["id"]: (match["text"], [(answer["text"].rstrip(".。"), pages.LINK.search(answer["rest"])[1])
                                          for answer in ANSWER.finditer(match["body"])])
            for match in QUESTION.finditer(body[body.index("\n"):])}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.parent.name)
def test_text_and_drawing_say_the_same(path):
    words, labels = in_words(path), pages.read(path).figure("chart").labels
    assert list(words) == list(CHART)
    for question, following in zip(CHART, [*CHART, None][1:]):
        text, answers = words[question]
        assert text == labels[question]
        wanted = [(labels[name], f"{slug}.md") for name, slug in CHART[question].items()]
        assert answers[:len(wanted)] == wanted
        assert [link for _, link in answers[len(wanted):]] == [f"#{following}"] * (following is not None)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.parent.name)
def test_the_chart_names_pages_by_their_titles(path):
    labels = pages.read(path).figure("chart").labels
    for slug in {slug for answers in CHART.values() for slug in answers.values()}:
        assert labels[slug] == pages.read(path.with_name(f"{slug}.md")).meta["title"]


SITUATIONS = [  # what a reader sees; the question and the answer that say so; the page that explains it
    ("loss is NaN after 200 steps; it had grown ever since the start", "explodes", "at_once", "gradient-descent"),
    ("loss is NaN after 200 steps; it was falling until then", "explodes", "nan", "cross-entropy"),
    ("was fine, then explodes after thousands of steps of Adam", "explodes", "calm", "adam"),
    ("a recurrent net loses in one step what it had learned", "explodes", "cliff", "gradient-clipping"),
    ("training 100 %, test 82 %", "training", "only_test", "overfitting"),
    ("training loss jumps up and down; that of the full batch does not", "jumps", "noise", "mini-batch"),
    ("training loss jumps up and down, although each step sees all the data", "jumps", "swings", "low-learning-rate"),
    ("first layer does not move", "flat", "first", "unstable-gradients"),
    ("the loss is a straight line to the last digit", "flat", "zero", "relu"),
    ("the output stays at 0.98 and should be 0", "flat", "wrong", "learning-slowdown"),
    ("all weights began at a thousandth, and no layer moves", "flat", "alike", "initialization"),
    ("loss stays at 2.303; the rate is a millionth", "flat", "tiny", "gradient-descent"),
    ("loss stays at 2.303 while the weights move", "flat", "labels", "mini-batch"),
    ("loss has stopped, the gradient norm has not", "stopped", "large", "plateau"),
    ("loss has stopped, and so has the gradient", "stopped", "small", "plateau"),
    ("loss creeps; doubling the rate halves the time", "slow", "low", "gradient-descent"),
    ("loss creeps; doubling the rate blows it up", "slow", "steep", "ill-conditioning"),
    ("56 layers train worse than 20", "slow", "deeper", "residual-connections"),
]


def follow(words, question, answer) -> str:
    """Read from the first question on, go on where the answer is not yet there; the page one arrives at."""
    here = next(iter(words))
    for _ in words:
        _, answers = words[here]
        if here == question:
            return dict(answers)[answer].removesuffix(".md")
        here = answers[-1][1].removeprefix("#")
    raise AssertionError(f"no way to {question}")


@pytest.mark.parametrize("situation, question, answer, slug", SITUATIONS, ids=[row[0] for row in SITUATIONS])
def test_a_reader_arrives_at_the_right_page(situation, question, answer, slug):
    for path in PAGES:
        labels = pages.read(path).figure("chart").labels
        assert follow(in_words(path), question, labels[answer]) == slug


def test_every_answer_is_somebodys_situation():
    assert len(SITUATIONS) >= 12
    assert {(question, answer) for _, question, answer, _ in SITUATIONS} == {
        (question, answer) for question, answers in CHART.items() for answer in answers}


# The runs behind the curves

@pytest.fixture(scope="module")
def runs() -> dict[str, Record]:
    return {name: Record(**record) for name, record in diagnosis.run()["runs"].items()}


def first_yes(run: Record) -> str:
    """The first question that somebody who only sees the curve would answer with yes; "training" with no."""
    loss = run.loss
    if run.other is not None and run.loss[-1] < 0.01 < 0.1 < run.other[-1] and loss[0] > 1:
        return "training"
    if not np.isfinite(loss).all() or np.any(loss[1:] > 30 * np.minimum.accumulate(loss)[:-1]):
        return "explodes"
    if np.sum(loss[1:] > 1.05 * loss[:-1]) > 0.1 * len(loss):
        return "jumps"
    if abs(loss[-1] - loss[0]) < 0.1 * loss[0]:
        return "flat"
    if abs(loss[-1] - loss[len(loss) // 2]) < 0.01 * loss[-1]:
        return "stopped"
    return "slow"


@pytest.mark.parametrize("question, name", [(question, name) for question, answers in CHART.items() for name in answers])
def test_the_curve_of_a_run_is_caught_by_its_own_question(runs, question, name):
    assert first_yes(runs[name]) == question


def test_gradient_and_steps_tell_the_flat_runs_apart(runs, fact):
    first = {name: runs[name].gradient[0] for name in CHART["flat"]}
    assert first["zero"].max() == 0
    assert first["first"][0] < 1e-2 * first["first"][-1]
    assert 0 < first["alike"].max() < 1e-4
    assert min(first["tiny"].min(), first["labels"].min()) > 0.01
    assert fact("tiny_ratio") < 1e-4 < fact("labels_ratio") < 1e-2
    assert fact("output_end") > 0.9, "the target is 0"


def test_the_nets_that_never_move_are_those_of_the_page_on_relu(fact):
    there = results("relu").facts
    assert (fact("nets"), fact("dead")) == (there["nets"][0], there["never_moved"][0])
    assert fact("dead_loss") == there["dead_loss"][0]


def test_equal_weights_give_the_hidden_layers_nothing_and_the_last_layer_something():
    """The errors of the classes sum to zero, and equal weights carry back their sum."""
    layers = [(np.full((m, n), 0.1), np.zeros(n)) for m, n in ((5, 4), (4, 4), (4, 3))]
    x, y = RNG(0).normal(size=(9, 5)), RNG(1).integers(3, size=9)
    *hidden, last = [np.abs(dw).max() for dw, _ in loss_and_gradients(layers, x, y)[1]]
    assert max(hidden) < 1e-15 and last > 1e-3


def test_what_the_explosions_did_before(runs, fact):
    assert np.argmax(runs["at_once"].loss > 2 * runs["at_once"].loss[0]) < 10
    calm = runs["calm"].loss
    rises = calm[200:] / calm[:-200]
    assert rises.max() > 1000 and fact("burst_step") > 1000
    assert np.argmax(rises) + 200 == pytest.approx(fact("burst_step"), abs=50), "rounded: the step hangs on rounding"
    norms, quoted = runs["cliff"].gradient[:, 0], results("gradient_clipping").facts
    assert norms.max() == quoted["wall_norm"][0] > 50 * quoted["before_high"][0]
    assert quoted["before_high"][0] == norms[:np.argmax(norms)].max()
    loss = runs["nan"].loss
    assert np.isnan(loss[int(fact("nan_step"))]) and np.nanmax(loss) == loss[0]


def test_the_saddle_was_no_minimum(fact):
    assert fact("small_share") < 0.01 and fact("small_loss") > 0.4 and fact("later") < 1e-10


def test_a_label_that_is_too_long_stops_the_build(runs):
    r = {"runs": {name: run._asdict() for name, run in runs.items()}}
    drawing = Svg(diagnosis.chart(r, word), "a/b")
    drawing.in_words("title", "de")
    long = {"alike": "Der Gradient ist in allen Schichten des Netzes viel zu klein"}
    with pytest.raises(FigureError, match="too long by"):
        drawing.in_words("title", "de", lambda key: long.get(key, key))
