// Opens the payment of an order once the page is visible. Programs that preview links run
// no scripts, or do not show the page.

export function openSoon(root) {
  const button = root.querySelector('form[data-open-soon] button');
  if (!button) return;
  const press = () => {
    if (document.visibilityState !== 'visible') return;
    document.removeEventListener('visibilitychange', press);
    if (button.isConnected) button.click();
  };
  document.addEventListener('visibilitychange', press);
  press();
}
