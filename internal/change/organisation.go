package change

// Organisation is what is said of one repository from above it, and what those files know the repository by.
type Organisation struct {
	// Server is the file that the server's own file names, Own that of the organisation's repository; nil where there is
	// none. The floors of both hold. Their paths are the names that people know them by.
	Server *File `json:"server,omitempty"`
	Own    *File `json:"own,omitempty"`
	// Traits are what targets go by.
	Traits Traits `json:"traits"`
	// Notes are for people who read the check: why an older version holds, and the like.
	Notes []string `json:"notes,omitempty"`
}

// Files are the files that hold, the server's first.
func (o *Organisation) Files() []*File {
	var all []*File
	if o == nil {
		return nil
	}
	for _, f := range []*File{o.Server, o.Own} {
		if f != nil {
			all = append(all, f)
		}
	}
	return all
}

// Traits are what a forge says of a repository beside its content. What is nil or empty is not known.
type Traits struct {
	// Name is owner/name. FormerOwners are the names that the owner had before: files may still have them.
	Name         string   `json:"name,omitempty"`
	FormerOwners []string `json:"former_owners,omitempty"`
	// Visibility is "public", "internal" or "private".
	Visibility string   `json:"visibility,omitempty"`
	Topics     []string `json:"topics"`
	// Properties are custom properties; one that is not there is not set.
	Properties map[string][]string `json:"properties"`
}

// OrganisationPreview is what a change would make of an organisation's file, and of the checks of its repositories.
type OrganisationPreview struct {
	Path string `json:"path"`
	// Errors are all that is wrong with the proposed file.
	Errors []OrganisationError `json:"errors"`
	// Judged counts the changes that were judged again by stored facts, Unknown those whose evidence is gone; Red
	// counts the checks that would turn from green to red, Green the others.
	Judged  int `json:"judged"`
	Unknown int `json:"unknown"`
	Red     int `json:"red"`
	Green   int `json:"green"`
	// Summary says it in one sentence.
	Summary string `json:"summary"`
	// Moves are the rules that would block in repositories in which they do not now, at most ten, the worst first; More
	// counts the others.
	Moves []OrganisationMove `json:"moves,omitempty"`
	More  int                `json:"more_moves,omitempty"`
}

// OrganisationMove is a rule that gains the power to block.
type OrganisationMove struct {
	Rule string `json:"rule"`
	// Summary says what it made of the last changes of the repositories in which it gains it.
	Summary string `json:"summary"`
}

// OrganisationError is one error of an organisation's file.
type OrganisationError struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}
