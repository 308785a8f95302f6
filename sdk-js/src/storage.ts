import type { Host, Storage } from './api';
import { namesKeysPlainly } from './host';

/** Small records kept across launches. Losing them costs comfort, never money. */
export interface Records {
  get(name: string): any;
  set(name: string, record: object): void;
  remove(name: string): void;
}

/** Records of one server and app; others in the same mini program have their own. */
export function openRecords(storage: Storage, scope: string): Records {
  function key(name: string) { return 'minitill.' + name + '@' + scope; }
  return {
    get: function (name) {
      try {
        // Containers tell "absent" as null, undefined or '', and some hand back parsed JSON.
        const value: unknown = storage.getItem(key(name));
        return (typeof value === 'string' ? JSON.parse(value) : value) || null;
      } catch (_) {
        return null;
      }
    },
    set: function (name, record) {
      try { storage.setItem(key(name), JSON.stringify(record)); } catch (_) { /* full or forbidden */ }
    },
    remove: function (name) {
      try { storage.removeItem(key(name)); } catch (_) { /* as above */ }
    }
  };
}

export function findStorage(host: Host | undefined): Storage {
  if (host && host.getStorageSync) return hostStorage(host);
  try {
    // Reading the name alone throws where a page may not store anything.
    if (typeof localStorage !== 'undefined' && localStorage) return localStorage;
  } catch (_) { /* memory will do */ }
  return memoryStorage();
}

function hostStorage(host: Host): Storage {
  const plainly = namesKeysPlainly(host);
  function named(key: string) { return plainly ? key : { key: key }; }
  return {
    getItem: function (key) {
      const found = host.getStorageSync!(named(key));
      return plainly ? found : found && (found.data || found.APDataStorage); // the latter in old containers
    },
    setItem: function (key, value) {
      if (plainly) host.setStorageSync!(key, value);
      else host.setStorageSync!({ key: key, data: value });
    },
    removeItem: function (key) { host.removeStorageSync!(named(key)); }
  };
}

function memoryStorage(): Storage {
  const kept: { [key: string]: string } = {};
  return {
    getItem: function (key) { return kept[key]; },
    setItem: function (key, value) { kept[key] = value; },
    removeItem: function (key) { delete kept[key]; }
  };
}
