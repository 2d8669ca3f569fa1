package trends

// UnpackedDays is the query for days that are not packed.
const UnpackedDays = unpacked
