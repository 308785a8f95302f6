// The few globals that the helper may use. Any other is a type error, because the library list in
// tsconfig.json has the language alone: no DOM, no Node, nothing after Promise.

/** The container's own, in a mini program or an H5 page inside a wallet. */
declare var my: import('./api').Host | undefined;

/** H5 pages opened straight by the wallet's app. */
declare var AlipayJSBridge:
  | { call(name: string, options: object, done: (result: any) => void): any }
  | undefined;

/** Browsers. */
declare var fetch: undefined | ((url: string, options: object) => Promise<{ status: number; text(): Promise<string> }>);
declare var localStorage: import('./api').Storage;
declare var location: undefined | { href: string };

declare function setTimeout(run: () => void, milliseconds: number): any;
declare function clearTimeout(timer: any): void;
