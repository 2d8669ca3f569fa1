package osv

import (
	"context"
	"crypto/md5" //nolint:gosec // it is what the storage of OSV's exports gives; it finds damage, and no more is claimed
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// How a download is kept going.
const (
	tries = 8
	stall = time.Minute // without a byte
)

// downloader gets the exports of a server one after the other.
type downloader struct {
	client *http.Client
	log    io.Writer
	// wait is the pause before the second try; it doubles.
	wait  time.Duration
	stall time.Duration
}

func newDownloader(t terminal.Terminal) *downloader {
	transport, _ := http.DefaultTransport.(*http.Transport)
	transport = transport.Clone()
	transport.ResponseHeaderTimeout = stall
	return &downloader{
		client: &http.Client{Transport: transport, CheckRedirect: safeRedirect}, log: t.Err, wait: time.Second, stall: stall,
	}
}

// safeRedirect follows ten redirects, and none that leaves TLS.
func safeRedirect(to *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return errors.New("it redirects more than ten times")
	}
	if via[0].URL.Scheme == "https" && to.URL.Scheme != "https" {
		return errors.New("it redirects to an address without TLS")
	}
	return nil
}

// address checks the address below which the exports are. Without TLS and without checksums anybody on the way could change them.
func address(from string, summed bool) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(from, "/"))
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, &usage.Error{
			What:   "--from: this is no address such as https://mirror.example.com/osv",
			Remedy: "name the address below which ECOSYSTEM/all.zip is",
		}
	case u.Scheme == "http" && !summed && !loopback(u.Hostname()):
		return nil, &usage.Error{
			What:   "--from: over http anybody on the way could change the exports",
			Remedy: "use https, or name their checksums by --sums",
		}
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// all gets the export of each ecosystem and takes its records.
func (d *downloader) all(ctx context.Context, base *url.URL, g *gathering) error {
	for _, name := range g.kept {
		if err := d.one(ctx, base, name, g); err != nil {
			return err
		}
	}
	return nil
}

func (d *downloader) one(ctx context.Context, base *url.URL, name string, g *gathering) error {
	f, err := os.CreateTemp("", "lintel-osv-*.zip")
	if err != nil {
		return fmt.Errorf("make a file for a download: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	from := base.JoinPath(name, "all.zip")
	if err := d.get(ctx, from, f); err != nil {
		return &usage.Error{
			What:   fmt.Sprintf("%s could not be downloaded: %v", from.Redacted(), err),
			Remedy: "try again later; the database stays as it was. A proxy is named by HTTPS_PROXY, a mirror by --from",
			Err:    err,
		}
	}
	g.builder.Hold(name)
	return g.file(ctx, f.Name(), name+"/all.zip")
}

// finalError is one that another try would not change.
type finalError struct{ error }

// get downloads a file, and goes on where it stopped when the connection breaks.
func (d *downloader) get(ctx context.Context, from *url.URL, f *os.File) error {
	p := &progress{file: f}
	var last error
	for try := range tries {
		if try > 0 {
			fmt.Fprintf(d.log, "%s broke off after %d bytes (%v); trying again\n", from.Redacted(), p.have, last)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(d.wait << (try - 1)):
			}
		}
		if last = d.attempt(ctx, from, p); last == nil {
			return p.verify()
		}
		var final finalError
		if errors.As(last, &final) || ctx.Err() != nil {
			return errors.Join(ctx.Err(), last)
		}
	}
	return fmt.Errorf("after %d tries: %w", tries, last)
}

// progress is how far a download came.
type progress struct {
	file *os.File
	have int64
	// tag names the version that the bytes are of; sum is its MD5 as the server gives it, or empty.
	tag string
	sum string
}

// attempt asks for what is missing.
func (d *downloader) attempt(ctx context.Context, from *url.URL, p *progress) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch := time.AfterFunc(d.stall, cancel)
	defer watch.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), http.NoBody)
	if err != nil {
		return finalError{err}
	}
	if p.have > 0 && p.tag != "" {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.have))
		request.Header.Set("If-Range", p.tag)
	}
	response, err := d.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := p.accept(response); err != nil {
		return err
	}
	want := response.ContentLength
	n, err := io.Copy(p.file, io.LimitReader(&watched{response.Body, watch, d.stall}, maxArchive+1-p.have))
	p.have += n
	switch {
	case p.have > maxArchive:
		return finalError{fmt.Errorf("it is larger than %d bytes", int64(maxArchive))}
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("no byte came for %s", d.stall)
	case err != nil:
		return err
	case want >= 0 && n != want:
		return io.ErrUnexpectedEOF
	}
	return nil
}

// accept looks at the head of an answer, and begins anew when it is not the rest of what is there.
func (p *progress) accept(r *http.Response) error {
	switch {
	case r.StatusCode == http.StatusPartialContent:
		if !strings.HasPrefix(r.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", p.have)) {
			return finalError{errors.New("the server sends another part than it was asked for")}
		}
		return nil
	case r.StatusCode >= 500 || r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusRequestTimeout:
		return fmt.Errorf("the server answers %s", r.Status)
	case r.StatusCode != http.StatusOK:
		return finalError{fmt.Errorf("the server answers %s", r.Status)}
	}
	if err := p.file.Truncate(0); err != nil {
		return finalError{err}
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return finalError{err}
	}
	p.have, p.tag, p.sum = 0, r.Header.Get("ETag"), ""
	if strings.HasPrefix(p.tag, "W/") {
		p.tag = ""
	}
	for _, hash := range r.Header.Values("X-Goog-Hash") {
		for part := range strings.SplitSeq(hash, ",") {
			if sum, ok := strings.CutPrefix(strings.TrimSpace(part), "md5="); ok {
				p.sum = sum
			}
		}
	}
	return nil
}

// verify compares what was downloaded with the checksum that the server gave.
func (p *progress) verify() error {
	if p.sum == "" {
		return nil
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := md5.New() //nolint:gosec // see above
	if _, err := io.Copy(h, p.file); err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(h.Sum(nil)); got != p.sum {
		return fmt.Errorf("what came has the MD5 %s, and the server says %s", got, p.sum)
	}
	return nil
}

// watched puts the end of the wait off with every byte that comes.
type watched struct {
	io.Reader
	watch *time.Timer
	stall time.Duration
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if n > 0 {
		w.watch.Reset(w.stall)
	}
	return n, err
}
