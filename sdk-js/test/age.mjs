// The age of the engines in which the helper runs: ECMAScript 5 with Promise, as in the WebViews of
// 2015. Everything newer is removed from a context, so that a use of it fails in every test.
import vm from 'node:vm';

const ES5 = {
  Object: 'create defineProperties defineProperty freeze getOwnPropertyDescriptor getOwnPropertyNames getPrototypeOf isExtensible isFrozen isSealed keys preventExtensions seal',
  'Object.prototype': 'hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf __proto__',
  Function: '', 'Function.prototype': 'apply bind call toString arguments caller',
  Array: 'isArray',
  'Array.prototype': 'concat every filter forEach indexOf join lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice toLocaleString toString unshift',
  String: 'fromCharCode',
  'String.prototype': 'charAt charCodeAt concat indexOf lastIndexOf localeCompare match replace search slice split substr substring toLocaleLowerCase toLocaleUpperCase toLowerCase toString toUpperCase trim valueOf',
  Number: 'MAX_VALUE MIN_VALUE NEGATIVE_INFINITY NaN POSITIVE_INFINITY',
  'Number.prototype': 'toExponential toFixed toLocaleString toPrecision toString valueOf',
  Boolean: '', 'Boolean.prototype': 'toString valueOf',
  Math: 'E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 abs acos asin atan atan2 ceil cos exp floor log max min pow random round sin sqrt tan',
  Date: 'UTC now parse', JSON: 'parse stringify',
  RegExp: '', 'RegExp.prototype': 'compile exec flags global ignoreCase lastIndex multiline source test toString', // flags: the engine's own replace reads it
  Promise: 'all race reject resolve', 'Promise.prototype': 'catch then',
};
const GLOBALS = 'Array Boolean Date Error EvalError Function Infinity JSON Math NaN Number Object Promise RangeError ReferenceError RegExp String SyntaxError TypeError URIError decodeURI decodeURIComponent encodeURI encodeURIComponent eval isFinite isNaN parseFloat parseInt undefined';
const ALWAYS = 'constructor length name prototype';

/** Removes everything newer than ES5 with Promise from a context; what the test itself put in stays. */
export function age(context) {
  const own = Object.getOwnPropertyNames(context);
  vm.runInContext(`(function (es5, globals, always) {
    function keep(object, names) {
      Object.getOwnPropertyNames(object).forEach(function (name) { if (names.indexOf(name) < 0) delete object[name]; });
    }
    for (var path in es5) {
      keep(path.split('.').reduce(function (at, name) { return at[name]; }, this), (es5[path] + ' ' + always).split(' '));
    }
    keep(this, globals);
  }).call(this, ${JSON.stringify(ES5)}, ${JSON.stringify([...GLOBALS.split(' '), ...own])}, ${JSON.stringify(ALWAYS)});`, context);
}
