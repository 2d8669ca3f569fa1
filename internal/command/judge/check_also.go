package judge

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// further is a report beside the one that was asked for first.
type further struct {
	format render.Format
	file   string
}

// furtherReports reads the values of --also, before any work.
func furtherReports(values []string) ([]further, error) {
	var all []further
	for _, value := range values {
		name, file, ok := strings.Cut(value, ":")
		format, err := render.ParseFormat(name)
		if !ok || err != nil || file == "" {
			return nil, &usage.Error{
				What:   fmt.Sprintf("--also %q names no format and file", value),
				Remedy: "write it as sarif:lintel.sarif; the formats are " + strings.Join(formatNames(), ", "),
			}
		}
		all = append(all, further{format, file})
	}
	return all, nil
}

func (f further) write(v render.Verdict, o render.Options) error {
	var b bytes.Buffer
	if err := render.Write(&b, f.format, v, o); err != nil {
		return err
	}
	if err := terminal.WriteFile(f.file, b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// formatNames are the names of the report's formats.
func formatNames() (all []string) {
	for _, f := range render.Formats() {
		all = append(all, string(f))
	}
	return all
}
