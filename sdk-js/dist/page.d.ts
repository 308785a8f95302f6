/** The names of a script that a page does not load are missing. */
export * from './index';
export * from './agree';
export * from './hosts';
export * from './sheet';
export as namespace Minitill;
