package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/upload"
)

// read parses the body of an upload while it arrives, and maps it onto the head when another commit was measured.
func (v *Receiver) read(ctx context.Context, req upload.Request, g grant, body *counting, u *upload.Upload) error {
	sum, raw := sha256.New(), &bytes.Buffer{}
	body.tee = sum
	if v.options.KeepRaw {
		body.tee = io.MultiWriter(sum, raw)
	}
	bounded := &capped{r: body, left: v.options.MaxPacked}
	r, err := v.parse(req, bounded)
	if bounded.over {
		return v.tooLarge()
	}
	if err != nil {
		return err
	}
	// Bytes after the end of a compressed stream are part of the upload.
	if _, err := io.Copy(io.Discard, bounded); err != nil {
		return brokenBody(err)
	}
	body.sum = sum.Sum(nil)
	if v.options.KeepRaw {
		u.Raw, u.Encoding = raw.Bytes(), req.Encoding
	}
	if g.drift != nil {
		if err := v.mapOnto(ctx, g, u.SHA, &r); err != nil {
			return err
		}
	}
	u.Report = r
	return nil
}

func (v *Receiver) tooLarge() error {
	return upload.Refuse(upload.TooLarge, "leave out what is not the repository's code, or raise reports.max_megabytes on the server",
		"the report has more than %d bytes as it is sent", v.options.MaxPacked)
}

func (v *Receiver) parse(req upload.Request, body io.Reader) (report.Report, error) {
	broken := &watched{r: body}
	plain, done, err := open(req.Encoding, broken, v.options.MaxPacked, v.options.MaxPlain)
	if err == nil {
		defer done()
		var r report.Report
		if r, err = v.options.Parser.Parse(req.Kind, req.Format, plain, v.options.MaxPlain); err == nil {
			return r, nil
		}
	}
	var refusal *upload.Refusal
	switch {
	case broken.err != nil:
		return report.Report{}, brokenBody(broken.err)
	case errors.As(err, &refusal):
		return report.Report{}, refusal
	}
	return report.Report{},
		upload.Refuse(upload.Unreadable, "look at the report that the tool wrote; say its format when it was found wrongly",
			"the %s report could not be read: %s", req.Kind, clipError(err))
}

func clipError(err error) string { return text.ClipBytes(plain(err.Error()), 500) }

func brokenBody(err error) error {
	return &upload.Refusal{Reason: upload.Failed, What: "the body did not arrive whole", Remedy: "send the report again", Err: err}
}

// open gives the plain bytes of a body.
func open(encoding string, body io.Reader, packed, plain int64) (io.Reader, func(), error) {
	switch encoding {
	case "", "identity", "gzip", "x-gzip":
		// Detect gzip by its first bytes, whatever the header says: clients send files that were compressed before.
		r, err := report.Unpack(body, packed, plain)
		return r, func() {}, err
	case "zstd":
		count := &counting{r: body}
		z, err := zstd.NewReader(count, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20),
			zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return nil, nil, fmt.Errorf("unpack the zstd: %w", err)
		}
		return report.Ratio(report.Limited(z, plain), func() int64 { return count.n }), z.Close, nil
	}
	return nil, nil, upload.Refuse(upload.BadEncoding, "send it plain, or with Content-Encoding: gzip or zstd",
		"the encoding %q is not read", clip(encoding))
}

// capped ends a body that is larger than allowed, and records that it did.
type capped struct {
	r    io.Reader
	left int64
	over bool
}

var errOver = errors.New("the body is too large")

func (c *capped) Read(p []byte) (int, error) {
	if c.over {
		return 0, errOver
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left+1)])
	if c.left -= int64(n); c.left < 0 {
		c.over = true
		return 0, errOver
	}
	return n, err
}

// watched records the error that ended a body early, which a parser would report as a short report.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}
