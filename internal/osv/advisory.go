// Package osv is a local database of known vulnerabilities and malicious packages, made from records in the format of
// OSV (Open Source Vulnerabilities). It parses records, writes a database from them, and looks packages up in one.
//
// Callers may rely on: a database never changes once it was written, and its digest names its content; every part of it
// carries a checksum, so that a damaged one is an error and never a smaller one; a lookup reads one block of the file
// and keeps no more than the index in memory; records that were withdrawn are left out.
package osv

import "strings"

// Advisory is what one record says of one package.
type Advisory struct {
	// ID is the record's own: "GHSA-...", "PYSEC-...", "MAL-...". Aliases are other ids of the same fault.
	ID      string   `json:"i"`
	Aliases []string `json:"a,omitempty"`
	Summary string   `json:"s,omitempty"`
	// Rating is "low", "medium", "high" or "critical", and empty when the record states none. Score is the base score of
	// CVSS 3, "7.5"; empty where none can be computed.
	Rating string `json:"r,omitempty"`
	Score  string `json:"c,omitempty"`
	// Ranges and Versions say which versions are affected; one that either names is.
	Ranges   []Range  `json:"g,omitempty"`
	Versions []string `json:"v,omitempty"`
}

// Range is one range of versions as a list of events, in the order of the record.
type Range []Event

// Event is where a fault comes or goes. One member is set; Introduced "0" is before any version.
type Event struct {
	Introduced   string `json:"i,omitempty"`
	Fixed        string `json:"f,omitempty"`
	LastAffected string `json:"l,omitempty"`
}

// Malicious reports whether the record says that the package itself is the attack.
func (a Advisory) Malicious() bool {
	for _, id := range append([]string{a.ID}, a.Aliases...) {
		if strings.HasPrefix(id, "MAL-") {
			return true
		}
	}
	return false
}

// Ecosystems are those that are kept, as OSV spells them. The others (Linux distributions and what Lintel reads no
// manifest of) are left out.
func Ecosystems() []string {
	return []string{"Go", "Hex", "Maven", "NuGet", "Packagist", "Pub", "PyPI", "RubyGems", "crates.io", "npm"}
}

// Name is the name of a package by which its ecosystem's registry tells packages apart.
func Name(ecosystem, name string) string {
	switch ecosystem {
	case "PyPI":
		name = strings.ToLower(name)
		parts := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
		return strings.Join(parts, "-")
	case "NuGet", "Packagist", "Pub", "Hex":
		return strings.ToLower(name)
	}
	return name
}
