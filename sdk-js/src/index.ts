export { TillError } from './error';
export { createTill } from './till';
