/** Where the till answers. Released versions need its host on the mini program's list of server domains. */
export const baseUrl = 'http://127.0.0.1:8080';

/** The wallet whose app this is, as the till's configuration calls it. */
export const wallet = 'sandbox';
