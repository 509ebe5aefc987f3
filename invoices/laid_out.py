"""A page laid out by WeasyPrint that is let go of once it is printed, so that no garbage collector has to find it.

WeasyPrint's layout context holds itself by the function that gets images, a style holds the one of its anonymous boxes
and is held by it, and a drawn SVG its parts: 17,000 objects a paper hang on that.
"""

from typing import Any, Self

from weasyprint import DEFAULT_OPTIONS, HTML
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration


class LaidOut(Document):  # type: ignore[misc] # WeasyPrint has no types
    """A laid-out page that knows what to let go of: private parts of WeasyPrint, so a test counts what is left."""

    @classmethod
    def of(cls, html: HTML, font_config: FontConfiguration, **options: Any) -> Self:
        """Lay out a page as `HTML.render` does, with the same options but for `cache`."""
        laid_out: Self = cls._render(html, font_config, None, None, {**DEFAULT_OPTIONS, **options, "cache": {}})
        return laid_out

    @classmethod
    def _build_layout_context(cls, html: HTML, *given: Any) -> Any:
        context = super()._build_layout_context(html, *given)
        html.context, html.images = context, given[-1]["cache"]
        return context

    def let_go(self) -> None:
        """Take apart what holds itself; nothing can be drawn any more."""
        context = self._html.context
        styles = list(context.style_for.get_computed_styles().values())
        styles += {id(style.root_style): style.root_style for style in styles}.values()
        while styles:
            held = vars(styles.pop())
            if "anonymous_style" in held:
                styles.append(held["anonymous_style"])
            held.clear()
        for image in self._html.images.values():
            if hasattr(image, "_svg"):
                vars(image._svg).clear()  # noqa: SLF001 - see above
        self._html.images.clear()
        for part in (context.target_collector, context):
            vars(part).clear()
