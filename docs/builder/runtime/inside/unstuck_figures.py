"""Matplotlib's backend in the page: show() hands each open figure to the worker as a PNG."""
import io

from matplotlib._pylab_helpers import Gcf
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas  # noqa: F401, Matplotlib looks for this name

import unstuck_runner

DPI = 144       # for screens that have the pixels


def show(*args, **kwargs):
    for manager in Gcf.get_all_fig_managers():
        png = io.BytesIO()
        manager.canvas.figure.savefig(png, format="png", dpi=DPI)
        unstuck_runner.send_figure(png.getvalue())
        Gcf.destroy(manager.num)
