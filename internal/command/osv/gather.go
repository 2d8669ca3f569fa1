package osv

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lintel-review/lintel/internal/osv"
	"github.com/lintel-review/lintel/internal/usage"
)

// Bounds of what is read. The whole of npm's export has about 300,000 records.
const (
	maxArchive  = 4 << 30  // bytes of one zip
	maxUnpacked = 16 << 30 // bytes of all records together
	maxRecords  = 3_000_000
	maxNamed    = 5 // records that could not be read and are named
)

// gathering takes records from files into a builder. It writes nothing that an archive names.
type gathering struct {
	builder  *osv.Builder
	kept     []string
	sums     map[string]string // nil when there are none
	log      io.Writer
	files    int
	records  int
	unpacked int64
	unread   int
	named    []string
}

// folder reads the export of each ecosystem; without any, every zip and JSON file below the folder.
func (g *gathering) folder(ctx context.Context, dir string) error {
	var exports []string
	for _, name := range g.kept {
		if _, err := os.Stat(filepath.Join(dir, name, "all.zip")); err == nil {
			exports = append(exports, name)
		}
	}
	if len(exports) > 0 {
		g.kept = exports // what the export of one ecosystem says of another is not all of that one
		for _, name := range exports {
			g.builder.Hold(name)
			if err := g.file(ctx, filepath.Join(dir, name, "all.zip"), name+"/all.zip"); err != nil {
				return err
			}
		}
		return nil
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err // links are not followed
		}
		if ext := filepath.Ext(path); ext != ".zip" && ext != ".json" {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return g.file(ctx, path, filepath.ToSlash(rel))
	})
}

// file reads one zip or one record. Its name is the one in the list of checksums.
func (g *gathering) file(ctx context.Context, path, name string) error {
	if err := g.checksum(path, name); err != nil {
		return err
	}
	g.files++
	if filepath.Ext(path) == ".json" {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return g.record(ctx, name, f)
	}
	return g.archive(ctx, path, name)
}

// archive reads the records of a zip. A zip that is damaged ends the update; one record that is none does not.
func (g *gathering) archive(ctx context.Context, path, name string) error {
	bad := func(err error) error {
		return &usage.Error{
			What:   fmt.Sprintf("%s is no whole zip: %v", name, err),
			Remedy: "get it again; the database stays as it was",
			Err:    err,
		}
	}
	if info, err := os.Stat(path); err != nil || info.Size() > maxArchive {
		return bad(cmpError(err, fmt.Errorf("it is larger than %d bytes", int64(maxArchive))))
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return bad(err)
	}
	// It was only read: nothing is lost when closing it fails.
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		if !f.Mode().IsRegular() || !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return bad(err)
		}
		err = g.record(ctx, f.Name, r)
		_ = r.Close()
		var limit *usage.Error
		switch {
		case errors.As(err, &limit), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
			return err
		case err != nil:
			return bad(err)
		}
	}
	return nil
}

func cmpError(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// record reads one record. A fault of the record itself is counted, one of the reading is an error.
func (g *gathering) record(ctx context.Context, name string, from io.Reader) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if g.records++; g.records > maxRecords || g.unpacked > maxUnpacked {
		return &usage.Error{
			What:   fmt.Sprintf("the exports hold more than %d records or %d bytes", maxRecords, int64(maxUnpacked)),
			Remedy: "name the ecosystems that you need with --ecosystem",
		}
	}
	content, err := io.ReadAll(io.LimitReader(from, osv.MaxRecord+1))
	if err != nil {
		return err
	}
	g.unpacked += int64(len(content))
	r, err := osv.ParseRecord(content)
	if err != nil {
		g.unread++
		g.builder.Unread()
		if len(g.named) < maxNamed {
			g.named = append(g.named, fmt.Sprintf("%q: %v", name, err))
		}
		return nil
	}
	return g.builder.Add(r.Of(g.kept))
}

// judge says what could not be read, and refuses a database that would be empty or lacks more than a hundredth.
func (g *gathering) judge() error {
	for _, what := range g.named {
		fmt.Fprintln(g.log, "not read:", what)
	}
	switch {
	case g.builder.Len() == 0:
		return &usage.Error{
			What:   "no OSV record was found",
			Remedy: "--from names the folder or address that has ECOSYSTEM/all.zip below it, or a folder of .json files",
		}
	case g.unread > 10 && g.unread*100 > g.records:
		return &usage.Error{
			What:   fmt.Sprintf("%d of %d records could not be read", g.unread, g.records),
			Remedy: "get the exports again; the database stays as it was",
		}
	}
	return nil
}
