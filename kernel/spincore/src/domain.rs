pub(crate) mod grant;
