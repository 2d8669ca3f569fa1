package ingest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/upload"
)

const (
	// ArtifactPrefix begins the names of artifacts with reports.
	ArtifactPrefix = "lintel-report"
	// Manifest is the file in such an artifact that describes the others.
	Manifest = "lintel-report.json"
	// maxManifest bounds the manifest, maxEntries the files of one artifact, maxFetched the artifacts of one run.
	maxManifest = 64 << 10
	maxEntries  = 100
	maxFetched  = 50
)

// runs are the finished runs whose artifacts Lintel has to fetch.
type runs interface {
	RunsOf(ctx context.Context, forge change.Forge, repo int64, sha string) ([]upload.Run, error)
	// Collected records that a look at a change fetched a run's artifacts, and requests looks at the other changes with
	// that head.
	Collected(ctx context.Context, r upload.Run, by change.Key) error
}

// artifacts reads the artifacts of runs.
type artifacts interface {
	Artifacts(ctx context.Context, ref change.Ref, run int64) ([]upload.Artifact, error)
	// Artifact downloads a zip; nil when it is larger than limit.
	Artifact(ctx context.Context, ref change.Ref, id, limit int64) ([]byte, error)
}

// Fetcher fetches the reports of runs that could not upload them: those of forks, which get no token of any kind. It is
// safe for concurrent use.
type Fetcher struct {
	receiver  *Receiver
	runs      runs
	artifacts artifacts
}

// NewFetcher makes a Fetcher from a receiver, the record of runs and the forge that has their artifacts.
func NewFetcher(receiver *Receiver, runs runs, artifacts artifacts) (*Fetcher, error) {
	if receiver == nil || runs == nil || artifacts == nil {
		return nil, errors.New("make the fetcher of reports: a part is missing")
	}
	return &Fetcher{receiver: receiver, runs: runs, artifacts: artifacts}, nil
}

// Fetch stores the reports that the finished runs on a change's head left as artifacts. An artifact that cannot be read
// is the author's fault, and Fetch records it so; only a fault of the forge or the database is an error.
func (f *Fetcher) Fetch(ctx context.Context, r change.Record) error {
	if r.Group != nil || r.State != change.Open || r.Head.SHA == "" || r.Fetched {
		return nil
	}
	runs, err := f.runs.RunsOf(ctx, r.Forge, r.RepoID, r.Head.SHA)
	if err != nil {
		return err
	}
	for _, run := range runs {
		err := f.run(ctx, r, run)
		var refused *change.Refused
		if errors.As(err, &refused) {
			// The App may not read artifacts, or they are gone. No verdict waits for that.
			f.receiver.options.Log.WarnContext(ctx, "the reports of a fork's run cannot be fetched", "change",
				r.Ref.String(), "run", run.ID,
				"error", err.Error())
			err = nil
		}
		if err != nil {
			return fmt.Errorf("fetch the reports of run %d: %w", run.ID, err)
		}
		if err := f.runs.Collected(ctx, run, r.Key); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fetcher) run(ctx context.Context, r change.Record, run upload.Run) error {
	all, err := f.artifacts.Artifacts(ctx, r.Ref, run.ID)
	if err != nil {
		return err
	}
	fetched := 0
	for _, a := range all {
		if !strings.HasPrefix(a.Name, ArtifactPrefix) {
			continue
		}
		if fetched++; fetched > maxFetched {
			f.receiver.options.Log.WarnContext(ctx, "a run has more artifacts with reports than are fetched",
				"change", r.Ref.String(), "run",
				run.ID, "fetched", maxFetched)
			return nil
		}
		if err := f.artifact(ctx, r, run, a); err != nil {
			return err
		}
	}
	return nil
}

// artifact stores the reports of one artifact. It logs and counts what is wrong with the artifact; what is wrong with a
// named report also appears in the verdict.
func (f *Fetcher) artifact(ctx context.Context, r change.Record, run upload.Run, a upload.Artifact) error {
	body, err := f.download(ctx, r, a)
	if err == nil {
		err = f.unpack(ctx, r, run, a, body)
	}
	var refusal *upload.Refusal
	if errors.As(err, &refusal) {
		f.receiver.options.Log.InfoContext(ctx, "an artifact was refused", "reason", refusal.Reason, "what",
			refusal.What, "change", r.Ref.String(),
			"run", run.ID, "artifact", clip(a.Name))
		f.receiver.options.Observer.Upload("", refusal.Reason, int64(len(body)), 0)
		return nil
	}
	return err
}

func (f *Fetcher) download(ctx context.Context, r change.Record, a upload.Artifact) ([]byte, error) {
	tooLarge := upload.Refuse(upload.TooLarge, "put less into one artifact", "the artifact %s has more than %d bytes", clip(a.Name),
		f.receiver.options.MaxPacked)
	if a.Size > f.receiver.options.MaxPacked {
		return nil, tooLarge
	}
	body, err := f.artifacts.Artifact(ctx, r.Ref, a.ID, f.receiver.options.MaxPacked)
	if err == nil && body == nil {
		err = tooLarge
	}
	return body, err
}

// manifest describes the files of an artifact. The client writes it.
type manifest struct {
	Version int             `json:"version"`
	Reports []manifestEntry `json:"reports"`
}

type manifestEntry struct {
	File     string      `json:"file"`
	Kind     report.Kind `json:"kind"`
	Format   string      `json:"format"`
	Flag     string      `json:"flag"`
	Part     string      `json:"part"`
	Measured string      `json:"measured_sha"`
	Job      string      `json:"job"`
}

// unpack reads the manifest and the reports that it names.
func (f *Fetcher) unpack(ctx context.Context, r change.Record, run upload.Run, a upload.Artifact, body []byte) error {
	files, err := entries(body, f.receiver.options.MaxPlain)
	if err != nil {
		return upload.Refuse(upload.BadArtifact, "let the client write it, and upload just that", "the artifact %s cannot be read: %s",
			clip(a.Name), clipError(err))
	}
	m, err := readManifest(files)
	if err != nil {
		return upload.Refuse(upload.BadArtifact, "let the client write it", "%s of artifact %s cannot be read: %s", Manifest,
			clip(a.Name), clipError(err))
	}
	for _, e := range m.Reports {
		if err := f.entry(ctx, r, run, e, files[e.File]); err != nil {
			return err
		}
	}
	return nil
}

// entry stores one report. It stores an unreadable one with the reason, so that the verdict says so.
func (f *Fetcher) entry(ctx context.Context, r change.Record, run upload.Run, e manifestEntry, file *zip.File) error {
	req := upload.Request{Kind: e.Kind, Format: e.Format, Flag: e.Flag, Part: e.Part, SHA: r.Head.SHA, Measured: e.Measured, Job: e.Job}
	if err := check(&req); err != nil {
		return err
	}
	if req.Kind == upload.Final {
		return upload.Refuse(upload.BadArtifact, "list reports alone", "the manifest has an entry of kind %q", req.Kind)
	}
	g := grant{
		forge:      r.Forge,
		repo:       change.Repository{ID: r.RepoID, Owner: r.Owner, Name: r.Name},
		connection: r.Connection,
		by:         fmt.Sprintf("artifact of run %d", run.ID),
		measured:   r.Head.SHA,
	}
	u := upload.Upload{Slot: upload.Slot{
		Forge:  r.Forge,
		RepoID: r.RepoID,
		SHA:    r.Head.SHA,
		Scope:  upload.Forks,
		Kind:   req.Kind,
		Flag:   req.Flag,
		Part:   req.Part,
	},
		Measured: r.Head.SHA, Run: fmt.Sprint(run.ID), Attempt: run.Attempt, Job: req.Job, By: g.by, Trust: report.AuthorTrust,
		ReceivedAt: f.receiver.options.Now()}
	if !run.Fork {
		u.Scope = upload.ForPull(r.Number)
	}
	began := f.receiver.options.Now()
	count, err := f.readEntry(ctx, req, g, file, &u)
	took := f.receiver.options.Now().Sub(began)
	outcome := string(upload.Stored)
	var refusal *upload.Refusal
	if errors.As(err, &refusal) {
		u.Report, u.Raw = report.Report{Kind: req.Kind, Format: req.Format, Problem: refusal.What}, nil
		outcome = refusal.Reason
	} else if err != nil {
		return err
	}
	u.Digest = digest(u, append(count.sum, u.Report.Problem...))
	if _, _, err := f.receiver.options.Store.KeepReport(ctx, u, nil,
		delivery.Admission{Delivery: delivery.Delivery{Forge: r.Forge, ReceivedAt: u.ReceivedAt}, Outcome: delivery.Accepted}); err != nil {
		return err
	}
	f.receiver.options.Observer.Upload(req.Kind, outcome, count.n, took)
	return nil
}

func (f *Fetcher) readEntry(ctx context.Context, req upload.Request, g grant, file *zip.File, u *upload.Upload) (*counting, error) {
	count := &counting{}
	if file == nil {
		return count, upload.Refuse(upload.BadArtifact, "", "the artifact does not have the file that its manifest names")
	}
	if req.Measured != "" && req.Measured != req.SHA {
		g.measured, u.Measured = req.Measured, req.Measured
		if err := f.receiver.driftFrom(ctx, req.SHA, req.Measured, &g); err != nil {
			return count, err
		}
	}
	open, err := file.Open()
	if err != nil {
		return count, upload.Refuse(upload.BadArtifact, "", "the artifact's file cannot be unpacked")
	}
	defer open.Close()
	// The file may have been compressed before it was zipped; then the compressed form counts as what was sent.
	count.r = report.Ratio(report.Limited(open, f.receiver.options.MaxPlain), func() int64 { return max(int64(file.CompressedSize64), 1) })
	err = f.receiver.plain().read(ctx, req, g, count, u)
	var refusal *upload.Refusal
	if errors.As(err, &refusal) && refusal.Reason == upload.Failed {
		// Here a body that ends early is a damaged or dishonest zip.
		err = upload.Refuse(upload.BadArtifact, "", "the artifact's file cannot be unpacked: %s", clipError(refusal.Err))
	}
	return count, err
}

// plain is a receiver of unpacked bodies: those of an artifact, whose own bounds were checked already.
func (v *Receiver) plain() *Receiver {
	o := v.options
	o.MaxPacked = o.MaxPlain
	return &Receiver{options: o}
}

// entries lists the files of a zip by name. It refuses a zip with a name that leads elsewhere, or with too many or too
// large files.
func entries(body []byte, limit int64) (map[string]*zip.File, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, err
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("it has %d files; at most %d are read", len(z.File), maxEntries)
	}
	files, total := map[string]*zip.File{}, uint64(0)
	for _, f := range z.File {
		name := f.Name
		switch {
		case strings.HasSuffix(name, "/") && f.UncompressedSize64 == 0 && local(strings.TrimSuffix(name, "/")):
			continue
		case !local(name) || !f.Mode().IsRegular():
			return nil, fmt.Errorf("the name %q leads out of the artifact, or is no plain file", clip(name))
		case files[name] != nil:
			return nil, fmt.Errorf("the name %q stands there twice", clip(name))
		}
		if total += f.UncompressedSize64; total > uint64(limit) || f.UncompressedSize64 > uint64(limit) {
			return nil, fmt.Errorf("its files have more than %d bytes", limit)
		}
		files[name] = f
	}
	return files, nil
}

// local reports whether a name stays in its folder, on any system.
func local(name string) bool {
	return name != "" && name != "." && !strings.ContainsAny(name, "\\:\x00") && !strings.HasPrefix(name, "/") &&
		path.Clean(name) == name && name != ".." && !strings.HasPrefix(name, "../")
}

func readManifest(files map[string]*zip.File) (manifest, error) {
	var m manifest
	f := files[Manifest]
	if f == nil {
		return m, errors.New("it is not there")
	}
	r, err := f.Open()
	if err != nil {
		return m, err
	}
	defer r.Close()
	body, err := io.ReadAll(report.Limited(r, maxManifest))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, err
	}
	switch {
	case m.Version != 1:
		return m, fmt.Errorf("version %d is not known; this server reads version 1", m.Version)
	case len(m.Reports) == 0 || len(m.Reports) > maxEntries:
		return m, fmt.Errorf("it lists %d reports; 1 to %d are read", len(m.Reports), maxEntries)
	}
	return m, nil
}
