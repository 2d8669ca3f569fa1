package osv

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/lintel-review/lintel/internal/osv"
	"github.com/lintel-review/lintel/internal/osvfile"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Status is "lintel osv status".
type Status struct {
	Database   string `arg:"" optional:"" placeholder:"FILE" help:"The database. Default: that of LINTEL_OSV_FILE."`
	Format     string `enum:"text,json" default:"text" help:"How to print: ${enum}."`
	Verify     bool   `help:"Also hold every part of the file to its checksum."`
	MaxAgeDays int    `placeholder:"N" help:"End with status 1 when the newest record is more than so many days old."`
}

// Help is shown below the flags' summary.
func (Status) Help() string {
	return `The age is that of the newest record: a database that was made today from an export of last year is a year old.

Exit status: 0 it can be used, 1 it is older than --max-age-days, 2 it cannot be used.

Examples:

    lintel osv status /var/lib/lintel/osv.db

    # for a monitor
    lintel osv status --max-age-days 3 --verify /var/lib/lintel/osv.db`
}

// Run prints what the database holds.
func (c Status) Run(t terminal.Terminal) error { return terminal.Verdict(c.run(t, time.Now())) }

func (c Status) run(t terminal.Terminal, now time.Time) (fresh bool, err error) {
	path := c.Database
	if path == "" {
		path = t.Getenv("LINTEL_OSV_FILE")
	}
	if path == "" {
		return false, &usage.Error{What: "no database is named", Remedy: "name its file, or set LINTEL_OSV_FILE"}
	}
	db, err := osvfile.Open(path)
	if err == nil && c.Verify {
		err = db.Verify()
	}
	if err != nil {
		return false, terminal.Unreadable("FILE", path, err)
	}
	about := db.About()
	fresh = c.MaxAgeDays <= 0 || age(about, now) <= c.MaxAgeDays
	if c.Format == "json" {
		enc := json.NewEncoder(t.Out)
		enc.SetIndent("", "  ")
		return fresh, enc.Encode(struct {
			osv.About
			AgeDays int    `json:"age_days"`
			Digest  string `json:"digest"`
		}{about, age(about, now), db.Digest()})
	}
	if err := describe(t.Out, path, about, now); err != nil {
		return false, err
	}
	if c.Verify {
		fmt.Fprintln(t.Out, "Every part has its checksum.")
	}
	return fresh, nil
}

// age is in whole days.
func age(about osv.About, now time.Time) int { return int(now.Sub(about.Newest).Hours() / 24) }

// describe says what a database holds.
func describe(out io.Writer, path string, about osv.About, now time.Time) error {
	days := "days"
	if age(about, now) == 1 {
		days = "day"
	}
	fmt.Fprintf(out, "%s: made %s from %s; its newest record is of %s, %d %s ago.\n\n",
		path, about.Made.Format(time.DateOnly), about.Source, about.Newest.Format(time.DateOnly), age(about, now), days)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ECOSYSTEM\tPACKAGES\tRECORDS\tMALICIOUS\tNEWEST")
	for _, c := range about.Ecosystems {
		newest := "none"
		if !c.Newest.IsZero() {
			newest = c.Newest.Format(time.DateOnly)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", c.Ecosystem, c.Packages, c.Records, c.Malicious, newest)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nLeft out: %d withdrawn, %d that could not be read.\n", about.Withdrawn, about.Unread)
	return err
}
