(function () {
  const steps = [...document.querySelectorAll("section")];
  let now = -1;
  function go(to) {
    now = Math.max(0, Math.min(steps.length - 1, to));
    steps.forEach((step, i) => step.classList.toggle("now", i === now));
    steps[now].scrollIntoView({ behavior: "smooth", block: "start" });
  }
  document.getElementById("next").addEventListener("click", () => go(now + 1));
  document.getElementById("back").addEventListener("click", () => go(now - 1));
  document.addEventListener("keydown", pressed => {
    if (pressed.key === "ArrowRight" || pressed.key === "n") { go(now + 1); }
    if (pressed.key === "ArrowLeft" || pressed.key === "p") { go(now - 1); }
  });
})();
