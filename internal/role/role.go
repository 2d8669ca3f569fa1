// Package role names the parts of a server's work that processes on one PostgreSQL share out among them.
//
// Callers may rely on: a process without named roles has all of Served.
package role

// The roles of a lintel serve.
const (
	Web     = "web"
	Gate    = "gate"
	Advise  = "advise"
	Sweeps  = "sweeps"
	Reports = "reports"
)

// The roles of a lintel worker, which serves nothing.
const (
	Asks   = "ask"
	Checks = "checks"
)

// Served lists the roles of lintel serve.
func Served() []string { return []string{Web, Gate, Advise, Sweeps, Reports} }
