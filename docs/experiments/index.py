"""Home: one neuron that is stuck, and the same neuron with one line changed."""

from docs.builder.experiment import figure
from docs.builder.figure import FAILS, TRAINS, canvas, name_axes, note, ticks
from snippets import cross_entropy, learning_slowdown

START, LR, EPOCHS = (2.0, 2.0), 0.15, 300  # (w, b)


def run():
    return {
        "stuck": learning_slowdown.train_neuron(*START, lr=LR, epochs=EPOCHS).a,
        "unstuck": cross_entropy.train_neuron(*START, lr=LR, epochs=EPOCHS).a,
    }


def facts(r):
    return {
        "epochs": (EPOCHS, ".0f"),
        "stuck_half": ((r["stuck"] >= 0.5).sum(), ".0f"),
        "unstuck_half": ((r["unstuck"] >= 0.5).sum(), ".0f"),
    }


@figure
def answer(r, label):
    """The error of both, which is the output, as the target is 0."""
    drawing, [axes] = canvas(height=250)
    axes.plot(r["stuck"], color=FAILS)
    axes.plot(r["unstuck"], color=TRAINS)
    note(axes, 190, 0.93, label("stuck"), FAILS)
    note(axes, 34, 0.28, label("unstuck"), TRAINS)
    axes.set(xlim=(0, EPOCHS), ylim=(0, 1))
    ticks(axes.xaxis, (0, 100, 200, 300))
    ticks(axes.yaxis, (0, 0.5, 1))
    name_axes(axes, label("epoch"), label("error"))
    return drawing
