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
	terminal.Format
}

// result is what was verified, for programs. First, Last and Hash are told of a file.
type result struct {
	File    string `json:"file,omitempty"`
	Whole   bool   `json:"whole"`
	Records int    `json:"records"`
	First   int64  `json:"first,omitempty"`
	Last    int64  `json:"last,omitempty"`
	Hash    string `json:"hash,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// Help is shown below the flags' summary.
func (verify) Help() string {
	return `Reads every record and follows the chain of hashes. The status is 0 when it is whole, and 2 when a record was
changed, lost or put in another place; the first such record is named.

Examples:

    lintel audit verify --config /etc/lintel/server.yml
    lintel audit verify march.jsonl
    lintel audit verify march.jsonl --format json`
}

// Run verifies the database's chain, or that of a file.
func (c verify) Run(ctx context.Context, t terminal.Terminal) (err error) {
	r := result{File: c.File}
	if c.File != "" {
		err = r.readFile()
	} else {
		err = r.readDatabase(ctx, t, c.DatabaseFlags)
	}
	var damage *damaged
	r.Whole = err == nil
	if errors.As(err, &damage) {
		r.Problem = damage.Error()
	} else if err != nil {
		return err
	}
	switch {
	case c.JSON():
		err = errors.Join(t.WriteJSON(r), err)
	case err == nil && c.File == "":
		fmt.Fprintf(t.Out, "the audit log is whole: %s\n", text.Count(r.Records, "record"))
	case err == nil:
		fmt.Fprintf(t.Out, "%s is whole: %s, %d to %d, ending in %s\n", c.File, text.Count(r.Records, "record"), r.First, r.Last, r.Hash)
	}
	return err
}

func (r *result) readDatabase(ctx context.Context, t terminal.Terminal, flags config.DatabaseFlags) error {
	return withStore(ctx, t, flags, func(st *store.Store) error {
		n, err := st.VerifyAudit(ctx)
		if err != nil {
			return broken("the audit log", err)
		}
		r.Records = int(n)
		return nil
	})
}

// maxLine bounds one record of a file.
const maxLine = 1 << 20

func (r *result) readFile() (err error) {
	name := r.File
	file, err := os.Open(name)
	if err != nil {
		return terminal.Unreadable("FILE", name, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	var last audit.Link
	n := 0
	for lines.Scan() {
		n++
		var record audit.Record
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return broken(fmt.Sprintf("%s:%d", name, n), fmt.Errorf("it is no record: %w", err))
		}
		if n == 1 {
			// An export may begin anywhere: what came before is not in it.
			r.First = record.Seq
			last = audit.Link{Seq: record.Seq - 1, Hash: record.Prev}
		}
		if err := audit.Verify(record, last); err != nil {
			return broken(fmt.Sprintf("%s:%d", name, n), err)
		}
		last = record.Link()
	}
	if err := lines.Err(); err != nil {
		return terminal.Unreadable("FILE", name, err)
	}
	if n == 0 {
		return &usage.Error{What: name + " holds no record", Remedy: "write one with lintel audit export"}
	}
	r.Records, r.Last, r.Hash = n, last.Seq, last.Hash
	return nil
}

// broken says what a broken chain means and what to do.
func broken(where string, err error) error {
	return &usage.Error{
		What:   fmt.Sprintf("%s is broken: %s", where, err),
		Remedy: "compare it with an earlier export or backup, and find out who could write the database",
		Err:    &damaged{where, err},
	}
}

// damaged is the kind of error of a chain that is not whole.
type damaged struct {
	where string
	err   error
}

// Error says where the chain is broken.
func (d *damaged) Error() string { return d.where + ": " + d.err.Error() }

// Unwrap returns what is wrong there.
func (d *damaged) Unwrap() error { return d.err }
