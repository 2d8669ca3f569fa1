package secrets

// Bounds of the lists, and of what others wrote.
const (
	maxListed = 100
	maxPath   = 500
	maxReason = 300
)

// Facts is what looks like a secret in what a change adds.
type Facts struct {
	// Found are the places, sorted by where, path, line and format; at most 100. FoundMore counts the rest, and
	// SpecificMore those of the rest with a format of their own.
	Found        []Found `json:"found"`
	FoundMore    int     `json:"found_more"`
	SpecificMore int     `json:"specific_more"`
	// Doubted are those that cannot be valid, each with what speaks against it, at most 100; DoubtedMore counts the rest.
	Doubted     []Found `json:"doubted"`
	DoubtedMore int     `json:"doubted_more"`
	// Fixtures are those in files of tests, examples, documents or others' code that do not prove themselves by their
	// provider's checksum, and keys of certificates that the change adds and that only vouch for themselves; at most 100.
	// FixturesMore counts the rest.
	Fixtures     []Found `json:"fixtures"`
	FixturesMore int     `json:"fixtures_more"`
	// Allowed are those that an entry of secrets.allow lets through, at most 100; AllowedMore counts the rest.
	Allowed     []Found `json:"allowed"`
	AllowedMore int     `json:"allowed_more"`
	// Unread is what was not looked at wholly, sorted by path, at most 100; UnreadMore counts the rest.
	Unread     []Unread `json:"unread"`
	UnreadMore int      `json:"unread_more"`
	// Expired are entries of secrets.allow whose day is over, by their place in the settings.
	Expired []Expired `json:"expired"`
	// FilesComplete is false when the forge did not say all files of the change, CommitsComplete when not all commits.
	FilesComplete   bool `json:"files_complete"`
	CommitsComplete bool `json:"commits_complete"`
}

// Found is one place. The secret itself is not in it.
type Found struct {
	// Format is the name of what it looks like, "github-pat"; Provider is who gives such secrets out, or empty.
	Format   string `json:"format"`
	Provider string `json:"provider"`
	// Specific is true when the format is the provider's own, as a prefix; false when a name beside a value says so.
	Specific bool `json:"specific"`
	// Where is what holds it: an added line, a key block that begins on one, the path, the title, the body, or a commit's message.
	Where string `json:"where" jsonschema:"enum=line,enum=key,enum=path,enum=title,enum=body,enum=commit"`
	// Path and Line are where it stands at the head; Commit is the commit whose message holds it. A path that holds a
	// secret itself is empty.
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Commit string `json:"commit"`
	// Start is its first four characters, fewer of a short one. Hash tells the secrets of one repository apart.
	Start string `json:"start"`
	Hash  string `json:"hash"`
	// Rotate says where a secret of this kind is made invalid and renewed.
	Rotate string `json:"rotate"`
	// Doubt says why it cannot be valid although it has the form, "its checksum is wrong"; empty when nothing speaks against it.
	Doubt string `json:"doubt"`
	// Fixture is true for what Fixtures lists.
	Fixture bool `json:"fixture"`
	// Reason is that of the entry that allows it.
	Reason string `json:"reason"`
}

// Unread is a text that was not looked at wholly.
type Unread struct {
	// Path is the file, or empty for the title, the body or a commit, which What then names.
	Path   string `json:"path"`
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// Expired is an entry of secrets.allow that counts no more.
type Expired struct {
	Format  string `json:"format"`
	Path    string `json:"path"`
	Expires string `json:"expires"`
	// Matters is true when this change has a finding that the entry would let through.
	Matters bool `json:"matters"`
}
