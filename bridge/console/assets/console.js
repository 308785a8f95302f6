// Amounts as the reader writes them, and buttons that copy ids. Pages work without it.
import { formatAmounts } from './money.js';

formatAmounts(document.body);
if (document.querySelector('.chart')) import('./charts.js');
document.addEventListener('htmx:afterSwap', (event) => formatAmounts(event.target));

for (const element of document.querySelectorAll(".copy")) {
  if (!navigator.clipboard) break;
  const text = element.textContent.trim();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copier";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + text);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  element.append(button);
}

// A form that moves money is sent once; its key makes a second press harmless anyway.
for (const form of document.querySelectorAll("form.act")) {
  form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll("button").forEach((b) => (b.disabled = true))));
}
