package server_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// smallDisk is a disk of a few megabytes that a test fills and empties.
type smallDisk struct {
	t    testing.TB
	path string
}

// mountDisk makes a small disk. Only root may; elsewhere the test says so, and nothing is shown.
func mountDisk(t testing.TB) (d *smallDisk, ok bool) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lintel-disk") //nolint:usetesting // PostgreSQL's own user has to reach it
	must(t, err)
	t.Cleanup(func() { _ = os.Remove(dir) })
	must(t, os.Chmod(dir, 0o755))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=40m,mode=0755"); err != nil {
		t.Logf("a full disk is not shown here: no small disk can be mounted (%v); run the tests as root", err)
		return nil, false
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return &smallDisk{t, dir}, true
}

// fill leaves no room.
func (d *smallDisk) fill() {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.path, "filler"))
	must(d.t, err)
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

func (d *smallDisk) free() {
	d.t.Helper()
	must(d.t, os.Remove(filepath.Join(d.path, "filler")))
}

// database makes a database on the disk: a file, or for TestStoryOnPostgres a tablespace of a server of its own.
func (d *smallDisk) database() string {
	d.t.Helper()
	if !strings.HasPrefix(d.t.Name(), "TestStoryOnPostgres/") {
		return "sqlite://" + filepath.Join(d.path, "lintel.db")
	}
	at := ownServer(d.t)
	db := postgrestest.Open(d.t, at)
	u, err := url.Parse(at)
	must(d.t, err)
	folder, space := filepath.Join(d.path, "space"), fmt.Sprintf("small_%d", time.Now().UnixNano())
	must(d.t, os.Mkdir(folder, 0o700))
	owner, err := os.Stat(filepath.Join(u.Query().Get("host"), "data"))
	must(d.t, err)
	if s, ok := owner.Sys().(*syscall.Stat_t); ok {
		must(d.t, os.Chown(folder, int(s.Uid), int(s.Gid)))
	}
	for _, text := range []string{
		`CREATE TABLESPACE ` + space + ` LOCATION '` + folder + `'`,
		`CREATE DATABASE ` + space + ` TEMPLATE template0 TABLESPACE ` + space,
	} {
		_, err := db.Exec(text)
		must(d.t, err)
	}
	u.Path = "/" + space
	return u.String()
}

// ownServer starts a PostgreSQL for this test alone and returns its address. All databases of a server share its buffers:
// who needs one writes what another database left in it, and fails when that one's disk is full. So the tests' own server
// would let any test fail that runs beside this one.
func ownServer(t testing.TB) string {
	t.Helper()
	// It ends with its standard input, so with this process, too, however that ends.
	c := exec.Command("../../scripts/postgres.sh", "run", "sh", "-c", `echo "$TEST_POSTGRES"; cat >/dev/null`)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	t.Cleanup(func() {
		_ = in.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("scripts/postgres.sh: %v", err)
		}
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	return strings.TrimSpace(address)
}

// TestStoryFullDisk fills the database's disk while deliveries come: those that cannot be kept are answered 503, the log
// says what is full and what to do, what was acknowledged is in the record, and when there is room again everything that
// was refused is fetched and judged.
//
//race:unwatched
func TestStoryFullDisk(t *testing.T) {
	t.Parallel()
	fullDisk(t)
}

func fullDisk(t *testing.T) {
	disk, ok := mountDisk(t)
	if !ok {
		return
	}
	hub := world(t, fakehub.Options{})
	log := &logbook{}
	r := start(t, hub, t.TempDir(), func(c *config.Config, o *server.Options) {
		c.Database = disk.database()
		o.Log = slog.New(slog.NewTextHandler(log, nil))
	})
	_, err := hub.Install("acme")
	must(t, err)
	heads := map[int]string{}
	opened := func() {
		t.Helper()
		branch := fmt.Sprintf("topic-%d", len(heads))
		sha := commit(t, hub, shop, fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: "feat: sell",
			Files: fakehub.Files{"cart/" + branch + ".go": "package cart\n"}})
		heads[open(t, hub, shop, fakehub.Pull{Head: branch, Base: "main", Author: "wendy", Title: "feat: sell"})] = sha
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		must(t, hub.WaitDelivered(ctx))
	}
	opened()
	for _, sha := range heads {
		awaitRun(t, hub, sha, "success")
	}
	disk.fill()
	refused := func() (n int) {
		for _, d := range hub.Webhooks().Deliveries(hub.App().ID) {
			if d.Failed() {
				n++
				if d.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("%s %s was answered %d, want 503", d.Event.Name, d.Event.Action, d.StatusCode)
				}
			}
		}
		return n
	}
	for refused() == 0 {
		if opened(); len(heads) > 500 {
			t.Fatal("500 pull requests fit on a full disk")
		}
	}
	if !strings.Contains(log.String(), "is full: free space there") {
		t.Error("the log does not say that the disk is full")
	}
	disk.free()
	must(t, r.server.Redeliver(t.Context()))
	for _, sha := range heads {
		awaitRun(t, hub, sha, "success")
	}
	kept := map[string]bool{}
	for _, id := range keptDeliveries(t, r.config.Database) {
		kept[id] = true
	}
	for _, d := range hub.Webhooks().Deliveries(hub.App().ID) {
		if !d.Failed() && !kept[d.GUID] {
			t.Errorf("the delivery %s (%s %s) was acknowledged and is not in the record", d.GUID, d.Event.Name, d.Event.Action)
		}
	}
}

// keptDeliveries are the ids that the record holds.
func keptDeliveries(t testing.TB, address string) (all []string) {
	t.Helper()
	var db *sql.DB
	if path, file := strings.CutPrefix(address, "sqlite://"); file {
		var err error
		db, err = sql.Open("sqlite", path)
		must(t, err)
		defer db.Close()
	} else {
		db = postgrestest.Open(t, address)
	}
	rows, err := db.Query(`SELECT id FROM delivery`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var id string
		must(t, rows.Scan(&id))
		all = append(all, id)
	}
	must(t, rows.Err())
	return all
}
