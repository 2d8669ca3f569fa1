package job

// Backfill asks for the past of a repository to be read on from its bookmark.
type Backfill struct {
	Forge  string `json:"forge"`
	RepoID int64  `json:"repo_id"`
}

// BackfillQueue holds the readings of the past, which have a worker of their own.
const BackfillQueue = "backfill"

// Kind is the kind's name.
func (Backfill) Kind() string { return "backfill" }

// Queue is where readings wait.
func (Backfill) Queue() string { return BackfillQueue }
