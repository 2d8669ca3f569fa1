package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
)

type verify struct {
	config.DatabaseFlags
	File string `arg:"" optional:"" help:"An exported file to verify in the place of the database."`
}

// Help is shown below the flags' summary.
func (verify) Help() string {
	return `Reads every record and follows the chain of hashes. The status is 0 when it is whole, and 2 when a record was
changed, lost or put in another place; the first such record is named.

Examples:

    lintel audit verify --config /etc/lintel/server.yml
    lintel audit verify march.jsonl`
}

// Run verifies the database's chain, or that of a file.
func (c verify) Run(ctx context.Context, t terminal.Terminal) error {
	if c.File != "" {
		return verifyFile(t, c.File)
	}
	return withStore(ctx, t, c.DatabaseFlags, func(st *store.Store) error {
		n, err := st.VerifyAudit(ctx)
		if err != nil {
			return broken("the audit log", err)
		}
		fmt.Fprintf(t.Out, "the audit log is whole: %s\n", text.Count(int(n), "record"))
		return nil
	})
}

// maxLine bounds one record of a file.
const maxLine = 1 << 20

func verifyFile(t terminal.Terminal, name string) (err error) {
	file, err := os.Open(name)
	if err != nil {
		return terminal.Unreadable("FILE", name, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	var first, last audit.Link
	n := 0
	for lines.Scan() {
		n++
		var r audit.Record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return broken(fmt.Sprintf("%s:%d", name, n), fmt.Errorf("it is no record: %w", err))
		}
		if n == 1 {
			// An export may begin anywhere: what came before is not in it.
			first = audit.Link{Seq: r.Seq - 1, Hash: r.Prev}
			last = first
		}
		if err := audit.Verify(r, last); err != nil {
			return broken(fmt.Sprintf("%s:%d", name, n), err)
		}
		last = r.Link()
	}
	if err := lines.Err(); err != nil {
		return terminal.Unreadable("FILE", name, err)
	}
	if n == 0 {
		return &usage.Error{What: name + " holds no record", Remedy: "write one with lintel audit export"}
	}
	fmt.Fprintf(t.Out, "%s is whole: %s, %d to %d, ending in %s\n", name, text.Count(n, "record"), first.Seq+1, last.Seq, last.Hash)
	return nil
}

// broken says what a broken chain means and what to do.
func broken(where string, err error) error {
	return &usage.Error{
		What:   fmt.Sprintf("%s is broken: %s", where, err),
		Remedy: "compare it with an earlier export or backup, and find out who could write the database",
		Err:    err,
	}
}
