package postgres

// BeginRead begins a transaction that reads.
const BeginRead = beginRead
