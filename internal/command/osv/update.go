package osv

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/osv"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Update is "lintel osv update".
type Update struct {
	Database  string   `arg:"" placeholder:"FILE" help:"The database to write, such as /var/lib/lintel/osv.db."`
	From      string   `required:"" placeholder:"DIR|URL" help:"A folder or a zip with OSV records, or the address of exports."`
	Ecosystem []string `placeholder:"NAME" help:"Keep these ecosystems alone, as OSV spells them. Default: all that Lintel reads."`
	Sums      string   `placeholder:"FILE" help:"SHA-256 of each file that may be read. Default: SHA256SUMS in the folder, if any."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Update) Help() string {
	return `OSV publishes its records by ecosystem, each as one all.zip. Below --from the files are ECOSYSTEM/all.zip; a folder
may also hold any zips and .json files. With --sums, in the form that sha256sum writes, a file that is not named there
is refused. Records of Linux distributions and those that were withdrawn are left out.

The database is written beside the old one and put in its place when it is whole: a server and running checks keep
reading the one that they have. A download that breaks off goes on where it stopped, eight times; then the update
fails, and the old database stays. Behind a proxy set HTTPS_PROXY. The work takes about 1 GB of memory for all
ecosystems.

Exit status: 0 written, 2 the old database stays as it was.

Examples:

    # from OSV's own exports
    lintel osv update --from https://osv-vulnerabilities.storage.googleapis.com osv.db

    # from a mirror, with checksums that came another way
    lintel osv update --from https://mirror.example.com/osv --sums osv.sha256 /var/lib/lintel/osv.db

    # from files that were carried over, npm alone
    lintel osv update --from ./export --ecosystem npm osv.db`
}

// Run makes the database and puts it into its place.
func (c Update) Run(ctx context.Context, t terminal.Terminal) error {
	return c.run(ctx, t, newDownloader(t), time.Now())
}

func (c Update) run(ctx context.Context, t terminal.Terminal, d *downloader, now time.Time) error {
	kept, err := c.ecosystems()
	if err != nil {
		return err
	}
	if info, err := os.Stat(filepath.Dir(c.Database)); err != nil || !info.IsDir() {
		return &usage.Error{
			What:   fmt.Sprintf("the folder of %s does not exist", c.Database),
			Remedy: "make it, or name another file",
		}
	}
	g := &gathering{builder: osv.NewBuilder(), kept: kept, log: t.Err}
	if g.sums, err = c.checksums(ctx); err != nil {
		return err
	}
	source, err := c.gather(ctx, g, d)
	if err != nil {
		return err
	}
	if err := g.judge(); err != nil {
		return err
	}
	about, err := replace(c.Database, func(f *os.File) (osv.About, error) {
		w := bufio.NewWriterSize(f, 1<<20)
		about, err := g.builder.Write(w, source, now)
		return about, errors.Join(err, w.Flush())
	})
	if err != nil {
		return err
	}
	if c.JSON() {
		return t.WriteJSON(about)
	}
	return describe(t.Out, c.Database, about, now)
}

// ecosystems are those to keep.
func (c Update) ecosystems() ([]string, error) {
	for _, name := range c.Ecosystem {
		if !slices.Contains(osv.Ecosystems(), name) {
			return nil, &usage.Error{
				What:   fmt.Sprintf("--ecosystem: %q is none that Lintel reads", name),
				Remedy: "name some of " + strings.Join(osv.Ecosystems(), ", "),
			}
		}
	}
	if len(c.Ecosystem) == 0 {
		return osv.Ecosystems(), nil
	}
	return c.Ecosystem, nil
}

// gather takes all records, and says where they came from without credentials.
func (c Update) gather(ctx context.Context, g *gathering, d *downloader) (source string, err error) {
	if strings.HasPrefix(c.From, "http://") || strings.HasPrefix(c.From, "https://") {
		base, err := address(c.From, g.sums != nil)
		if err != nil {
			return "", err
		}
		return base.Redacted(), d.all(ctx, base, g)
	}
	info, err := os.Stat(c.From)
	if err != nil {
		return "", terminal.Unreadable("--from", c.From, err)
	}
	if !info.IsDir() {
		return filepath.Base(c.From), g.file(ctx, c.From, filepath.Base(c.From))
	}
	return filepath.Base(c.From), g.folder(ctx, c.From)
}

// replace writes a file beside another and puts it in its place, on disk before the name points at it.
func replace(path string, write func(*os.File) (osv.About, error)) (about osv.About, err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return about, terminal.Unwritable(path, err)
	}
	defer os.Remove(f.Name()) // it is gone after the rename
	about, err = write(f)
	mode := fs.FileMode(0o644)
	if info, statErr := os.Stat(path); statErr == nil {
		mode = info.Mode().Perm()
	}
	if err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return about, terminal.Unwritable(path, err)
	}
	return about, nil
}
