pub(crate) mod alarm_heap;
