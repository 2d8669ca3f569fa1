// Package dependencies says what a change does to the packages that a project depends on, by its manifests and lock
// files as they stand whole at the merge base and at the head. It judges nothing.
//
// Callers may rely on: equal snapshots and settings give equal facts; lists are sorted, never null and bounded, and
// what they leave out is counted; a file that could not be read is named, and nothing is concluded from it; nothing is
// asked of any registry.
package dependencies

// Facts is the "dependencies" part of the policy input. Lists are sorted, never null and bounded: what a list leaves out
// is counted beside it.
type Facts struct {
	// Changes are the packages that differ, at most 300, those with something to say first; Totals count all of them.
	Changes     []Change `json:"changes"`
	ChangesMore int      `json:"changes_more"`
	Totals      []Total  `json:"totals"`
	// Used are the actions, base images, submodules, tool chains and folders of a Go workspace that differ, at most 50.
	// Totals count them, too; no rule about packages reads them.
	Used     []Used `json:"used"`
	UsedMore int    `json:"used_more"`
	// BringsBack is true when the change's title says that what it brings was there before, or stands on another branch.
	BringsBack bool `json:"brings_back"`
	// Mismatches are requirements that a lock file of the same folder does not hold, as far as this change made them.
	Mismatches     []Mismatch `json:"mismatches"`
	MismatchesMore int        `json:"mismatches_more"`
	// Vulnerable are the packages with known faults that the change brings in, malicious ones first; Lookup says in what
	// they were looked up.
	Vulnerable     []Vulnerable `json:"vulnerable"`
	VulnerableMore int          `json:"vulnerable_more"`
	Lookup         Lookup       `json:"lookup"`
	// Images are those of Dockerfiles that the change adds or replaces without naming them by digest.
	Images     []Image `json:"images"`
	ImagesMore int     `json:"images_more"`
	// Submodules are those that point at another commit.
	Submodules     []Submodule `json:"submodules"`
	SubmodulesMore int         `json:"submodules_more"`
	// Read are the files that were read; Unread those that could not be, and why.
	Read       []File   `json:"read"`
	ReadMore   int      `json:"read_more"`
	Unread     []Unread `json:"unread"`
	UnreadMore int      `json:"unread_more"`
	// Complete is false when something was not read: then Changes are only those that are known.
	Complete bool `json:"complete"`
}

// Change is one package that differs between base and head.
type Change struct {
	// Ecosystem is spelled as OSV spells it: "npm", "PyPI", "Go", "crates.io", "RubyGems", "Packagist", "Maven", "NuGet".
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	// Kind is what happened. "replaced" is the same version with other checksums or from another source; "changed" a
	// pair of versions of which it is not known which is newer.
	Kind string `json:"kind" jsonschema:"enum=added,enum=removed,enum=bumped,enum=downgraded,enum=replaced,enum=changed"`
	// Old and New are versions, or what a manifest asks for where no lock file says more; empty where there is none.
	Old string `json:"old"`
	New string `json:"new"`
	// Level is the first number of the version that differs: "major", "minor", "patch" or "".
	Level string `json:"level"`
	// Direct is true when the project itself asks for the package; NewDirect when it did not before.
	Direct    bool `json:"direct"`
	NewDirect bool `json:"new_direct"`
	// Held is true when the base had the package in some version, for the sake of another or not.
	Held bool `json:"held"`
	// Announced is true when the title of the change names the package with the first number of its new version, or says
	// that something goes back and this package does. Own is true when its publisher is the owner of the repository.
	Announced bool `json:"announced"`
	Own       bool `json:"own"`
	// Scope is "" (needed to run), "dev", "build", "optional" or "peer".
	Scope string `json:"scope"`
	// Requirement is what the manifest asks for, as written; empty when it is not known.
	Requirement string `json:"requirement"`
	// Path and Line are where the package stands at the head, in the manifest if it does; Line is 0 when it is not known.
	// Files counts the files in which the same happened.
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Files int    `json:"files"`
	// By are at most three packages that need this one.
	By []string `json:"by"`
	// Source is "" for a registry, else "git", "url", "path" or "fork" (another module by a "replace" of go.mod).
	// Location is the address. NewSource is true when the base did not have the package from there; a path is none.
	Source    string `json:"source"`
	NewSource bool   `json:"new_source"`
	Location  string `json:"location"`
	// Host is where the package is downloaded from, as far as a file says so. NewHost is true when nothing
	// of the ecosystem came from it at the base, the settings do not name it, and it is not the usual host of a new file.
	Host    string `json:"host"`
	NewHost bool   `json:"new_host"`
	// Sums is "changed" when the same version has another checksum, "missing" when it has none and the lock file gives
	// nearly all others one; else "".
	Sums string `json:"sums" jsonschema:"enum=,enum=changed,enum=missing"`
	// NewScript is true when the lock file says that the package runs a program when it is installed, and said so of no version before.
	NewScript bool `json:"new_script"`
	// Licence is what the lock file states. LicenceRefused is true when the settings do not allow it; LicenceUnknown
	// when it is no SPDX expression.
	Licence        string `json:"licence"`
	LicenceRefused bool   `json:"licence_refused"`
	LicenceUnknown bool   `json:"licence_unknown"`
	// Resembles is a package of the base whose name is almost the same, or the same under another scope; FirstOfPublisher is
	// true when nothing at the base had its scope, vendor, group or owner. Both only for new direct ones.
	Resembles        string `json:"resembles"`
	FirstOfPublisher bool   `json:"first_of_publisher"`
	// Denied is the entry of the setting "deny" that names the package.
	Denied string `json:"denied"`
	// Unpinned is true when a manifest without lock file asks for it without an upper limit.
	Unpinned bool `json:"unpinned"`
}

// Used is an action of a workflow, an image that a Dockerfile builds on, a submodule, the Go that a go.mod or go.work asks
// for, or a folder that a go.work uses, where they differ between base and head.
type Used struct {
	Ecosystem string `json:"ecosystem" jsonschema:"enum=GitHub Actions,enum=Docker,enum=submodule,enum=Go toolchain,enum=Go workspace"`
	// Name is the action as a workflow names it, the image, the submodule's path, "go" for the version of the language,
	// "toolchain", or the folder as it is written.
	Name string `json:"name"`
	// Kind is what happened; "changed" where it is not known which is newer.
	Kind string `json:"kind" jsonschema:"enum=added,enum=removed,enum=bumped,enum=downgraded,enum=changed"`
	// Old and New are tags, branches, digests or commit ids, the latter with the version in the comment behind them; empty
	// where there is none.
	Old string `json:"old"`
	New string `json:"new"`
	// Path and Line are the first place at the head, and where it was if it is removed; Files counts the files.
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Files int    `json:"files"`
}

// Total counts the changes of one ecosystem.
type Total struct {
	Ecosystem  string `json:"ecosystem"`
	Added      int    `json:"added"`
	Removed    int    `json:"removed"`
	Bumped     int    `json:"bumped"`
	Downgraded int    `json:"downgraded"`
	// Other counts replaced ones, and those of which it is not known which version is newer.
	Other int `json:"other"`
}

// Mismatch is a requirement that the lock file does not hold.
type Mismatch struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	// Requirement is what the manifest asks for, Locked what the lock file has; empty when it does not have the package.
	Requirement string `json:"requirement"`
	Locked      string `json:"locked"`
	// Path and Line are those of the manifest; Lock is the lock file.
	Path string `json:"path"`
	Line int    `json:"line"`
	Lock string `json:"lock"`
}

// Image is one that a Dockerfile builds on.
type Image struct {
	Name string `json:"name"`
	// Tag is empty where none is given, which means "latest".
	Tag  string `json:"tag"`
	Path string `json:"path"`
	Line int    `json:"line"`
}

// Submodule is one that points at another commit. Old or New is empty when there is none, or it is not known.
type Submodule struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// File is one that was read.
type File struct {
	Path string `json:"path"`
	// Format is what people call such a file: "package-lock.json".
	Format string `json:"format"`
	// Packages is how many it names at the head.
	Packages int `json:"packages"`
}

// Unread is a file that could not be read.
type Unread struct {
	Path string `json:"path"`
	// Side is "base" or "head".
	Side   string `json:"side" jsonschema:"enum=base,enum=head"`
	Reason string `json:"reason"`
}

// Bounds of the lists, and of texts that others wrote, in characters.
const (
	maxChanges = 300
	maxList    = 50
	maxBy      = 3
	maxName    = 200
	maxText    = 400
)
