-- Due orders are claimed wallet by wallet: as many as each wallet has slots for. The index
-- keeps its name, by which an earlier version reads it.

drop index orders_due;
create index orders_due on orders (wallet, due_at) where due_at is not null;
