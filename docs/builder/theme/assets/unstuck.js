// What every page does: copy a snippet, change the language on the spot.
const { words } = JSON.parse(document.getElementById("unstuck").textContent);

for (const button of document.querySelectorAll('[data-action="copy"]')) {
  button.addEventListener("click", async () => {
    const snippet = button.closest(".snippet");
    const status = snippet.querySelector('[role="status"]');
    try {
      await navigator.clipboard.writeText(snippet.querySelector("pre code").textContent);
      button.textContent = words.copied;
      status.textContent = "";
      setTimeout(() => { button.textContent = words.copy; }, 2000);
    } catch {
      status.textContent = words.copy_failed;
    }
  });
}

// A table wider than the screen can be scrolled by keyboard. Material wraps the tables when the page is there.
const reach = new ResizeObserver((boxes) => {
  for (const { target } of boxes)
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
});
addEventListener("load", () => {
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) reach.observe(box);
});

// Headings have the same ids in all languages, so the switch keeps the place.
for (const link of document.querySelectorAll("a[data-language]"))
  link.addEventListener("click", () => {
    link.hash = location.hash;
    link.search = location.search;
  });

// The code of a figure stands in a closed box at the end of the page.
const open = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches("details")) target.open = true;
};
addEventListener("hashchange", open);
open();
