// Opens the payment of an order as soon as the payer sees the page. Programs that preview
// links do not see it: they run no scripts, or do not show the page.

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
