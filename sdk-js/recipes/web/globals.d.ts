// What a container's script gives a page in a web-view.
interface Window {
  my: { postMessage(message: object): void; onMessage?: (message: any) => void };
}
