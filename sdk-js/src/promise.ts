/** What `finally` does, which older containers lack. */
export function lastly<T>(promise: Promise<T>, clean: () => void): Promise<T> {
  return promise.then(function (value) {
    clean();
    return value;
  }, function (error) {
    clean();
    throw error;
  });
}
