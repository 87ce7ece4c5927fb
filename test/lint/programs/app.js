// expect: truncate, cascade
pool.query('TRUNCATE users CASCADE');
// expect: nothing
console.log('TRUNCATE is banned for users');
