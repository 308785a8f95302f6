import type { Host, Storage, Timers } from './api';
import { callHost } from './host';
import { objectOf } from './result';

/** How long a host without `…Sync` forms may take to read or write a record. */
const LIMIT = 1000;

/**
 * Small records kept across launches: records(name) reads one, or {}; records(name, record) writes
 * it; null removes it. Always resolves: a lost record is inconvenient and costs no money.
 */
export type Records = (name: string, record?: object | null) => Promise<any>;

type Operation = 'get' | 'set' | 'remove';
type Store = (operation: Operation, key: string, value?: string | null) => any;

/** Records of one server and app; others in the same mini program have their own. */
export function openRecords(given: Storage | undefined, host: Host, timers: Timers, scope: string): Records {
  const store = given ? storeOf(given) : findStore(host, timers);
  return function (name, record) {
    return new Promise(function (resolve) {
      const operation = record === undefined ? 'get' : record ? 'set' : 'remove';
      resolve(store(operation, 'minitill.' + name + '@' + scope, record && JSON.stringify(record)));
    }).then(valueOf, valueOf); // a rejection means that the storage is full or forbidden
  };
}

/** Removes the record if it is still the one with that member. */
export function forget(records: Records, name: string, member: string, value: string): Promise<unknown> {
  return records(name).then(function (record) { return record[member] === value && records(name, null); });
}

/** Containers return null, undefined, '' or an object without data for an absent value; some parse JSON themselves. */
function valueOf(found: any): any {
  return objectOf(found && (found.data || found.APDataStorage || found)); // the second in old containers
}

function findStore(host: Host, timers: Timers): Store {
  if (host.getStorageSync || host.getStorage) return hostStore(host, timers);
  try {
    // Reading the name throws where there is no storage, or where a page may not store anything.
    if (localStorage) return storeOf(localStorage);
  } catch (_) { /* memory is used instead */ }
  return memoryStore();
}

function storeOf(storage: any): Store {
  return function (operation, key, value) { return storage[operation + 'Item'](key, value); };
}

function hostStore(host: any, timers: Timers): Store {
  return function (operation, key, value) {
    const name = operation + 'Storage';
    const sync = name + 'Sync';
    const options = { key: key, data: value };
    if (!host[sync]) return callHost(timers, LIMIT, host, name, options);
    return host.login ? host[sync](key, value) : host[sync](options); // `wx`, `tt` and Taro take plain keys
  };
}

function memoryStore(): Store {
  const kept: any = {};
  return function (operation, key, value) { return operation === 'get' ? kept[key] : kept[key] = value; };
}
