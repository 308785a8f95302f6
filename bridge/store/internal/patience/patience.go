package patience

import "time"

// Timeout bounds one round trip to a server and the wait for the lock of a file. It is a
// variable for tests alone, which must not depend on how busy the machine and its disk are.
var Timeout = 5 * time.Second

// Prolong lets databases take their time. It is for the TestMain of a package: no store is
// open yet.
func Prolong() { Timeout = time.Minute }
