// Package osv is lintel osv: it makes the database of known vulnerabilities and malicious packages from OSV's exports,
// and says what one holds.
//
// Callers may rely on: a database is replaced whole or not at all; nothing of an export is written to disk under a name
// that the export chose; an export that is cut off, too large or other than its checksum ends the update with the old
// database in place.
package osv

// Commands are those of "lintel osv".
type Commands struct {
	Update Update `cmd:"" help:"Make the database from OSV's exports."`
	Status Status `cmd:"" help:"Say what a database holds, and how old it is."`
}

// Help is shown below the flags' summary.
func (Commands) Help() string {
	return `The rules dependencies/vulnerable and dependencies/malicious look packages up in a local file, so that no ` +
		`verdict waits for a network or tells anybody what a project depends on. docs/osv.md has a timer for the update.`
}
