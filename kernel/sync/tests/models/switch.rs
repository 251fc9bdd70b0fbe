//! Switch: two fronts change in one step.

use loom::sync::Arc;
use loom::thread;
use spindle_sync::{Back, Front, Grace, Switch};

/// What a table says.
enum Table {
    Is(u32),
    Asks { switch: Arc<Switch>, was: u32, is: u32 },
}

impl Table {
    fn answer(&self) -> u32 {
        match self {
            Self::Is(answer) => *answer,
            Self::Asks { switch, was, is } => {
                if switch.is_thrown() {
                    *is
                } else {
                    *was
                }
            }
        }
    }
}

fn front(grace: &'static Grace) -> &'static Front<Table> {
    Box::leak(Box::new(Front::new(grace, Box::leak(Box::new(Table::Is(1))))))
}

fn ask(front: &Front<Table>) -> u32 {
    front.with(Table::answer)
}

fn swap(tables: &mut [Back<Table>; 2], settle: bool) {
    let switch = Arc::new(Switch::new());
    for table in &mut *tables {
        table.replace(Box::new(Table::Asks { switch: Arc::clone(&switch), was: 1, is: 2 }));
    }
    switch.throw();
    if settle {
        tables[0].replace(Box::new(Table::Is(2)));
    }
}

/// Who has seen the new at one table sees it at the other, whatever the order in which they were published.
fn nobody_sees_half(settle: bool) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
        let tables = [front(grace), front(grace)];
        let writer = thread::spawn(move || {
            let mut backs = tables.map(Front::back);
            swap(&mut backs, settle);
            backs
        });
        let reader = grace.register_thread();
        let first = ask(tables[0]);
        let second = ask(tables[1]);
        let again = ask(tables[0]);
        assert!(first <= second && second <= again, "{first} {second} {again}");
        drop(writer.join().unwrap());
        drop(reader);
        // What was replaced is freed, so that loom finds nothing left.
        grace.reclaim();
        grace.reclaim();
    });
}

#[test]
fn who_sees_the_new_at_one_table_sees_it_at_the_other() {
    nobody_sees_half(false);
}

#[test]
fn tables_that_no_longer_ask_say_the_same() {
    nobody_sees_half(true);
}
