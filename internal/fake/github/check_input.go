package github

import (
	"fmt"
	"slices"
	"time"
)

// Limits of the Checks API (docs.github.com, "REST API endpoints for check runs").
const (
	maxAnnotations = 50
	maxOutput      = 65535
	maxActions     = 3
	maxActionLabel = 20
	maxActionText  = 40
	maxActionID    = 20
	maxAnnotation  = 64 << 10 // bytes of a message
)

// checkInput is the body of create and update.
type checkInput struct {
	Name        *string        `json:"name"`
	HeadSHA     string         `json:"head_sha"`
	DetailsURL  *string        `json:"details_url"`
	ExternalID  *string        `json:"external_id"`
	Status      *string        `json:"status"`
	Conclusion  *string        `json:"conclusion"`
	StartedAt   *time.Time     `json:"started_at"`
	CompletedAt *time.Time     `json:"completed_at"`
	Output      *checkOutput   `json:"output"`
	Actions     *[]checkAction `json:"actions"`
}

type checkOutput struct {
	Title       *string      `json:"title"`
	Summary     *string      `json:"summary"`
	Text        *string      `json:"text"`
	Annotations []annotation `json:"annotations"`
}

var conclusions = []string{"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}

func (in checkInput) check(creating bool) error {
	if creating && (in.Name == nil || *in.Name == "") {
		return unprocessable(`Invalid request.`, `"name" wasn't supplied.`)
	}
	if creating && in.HeadSHA == "" {
		return unprocessable(`Invalid request.`, `"head_sha" wasn't supplied.`)
	}
	if in.Status != nil && !slices.Contains([]string{"queued", "in_progress", "completed"}, *in.Status) {
		return unprocessable("Invalid request.", *in.Status+" is not a member of [\"queued\", \"in_progress\", \"completed\"].")
	}
	if in.Conclusion != nil && !slices.Contains(conclusions, *in.Conclusion) {
		return unprocessable("Invalid request.", *in.Conclusion+" is not a possible conclusion.")
	}
	if in.Status != nil && *in.Status == "completed" && in.Conclusion == nil {
		return unprocessable("Invalid request.", "Missing required key \"conclusion\".")
	}
	if in.Actions != nil {
		if len(*in.Actions) > maxActions {
			return unprocessable("Invalid request.",
				fmt.Sprintf("No more than %d items are allowed; %d were supplied.", maxActions, len(*in.Actions)))
		}
		for _, a := range *in.Actions {
			if a.Label == "" || a.Description == "" || a.Identifier == "" || len([]rune(a.Label)) > maxActionLabel ||
				len([]rune(a.Description)) > maxActionText || len([]rune(a.Identifier)) > maxActionID {
				return unprocessable("Invalid request.",
					fmt.Sprintf("actions: label is limited to %d characters, description to %d, identifier to %d.", maxActionLabel,
						maxActionText, maxActionID))
			}
		}
	}
	if in.Output == nil {
		return nil
	}
	o := in.Output
	if o.Summary == nil {
		return unprocessable("Invalid request.", "For 'properties/summary', nil is not a string.")
	}
	if creating && o.Title == nil {
		return unprocessable("Invalid request.", "For 'properties/title', nil is not a string.")
	}
	if len([]rune(*o.Summary)) > maxOutput || (o.Text != nil && len([]rune(*o.Text)) > maxOutput) {
		return unprocessable("Invalid request.", fmt.Sprintf("Only %d characters are allowed; more were supplied.", maxOutput))
	}
	if len(o.Annotations) > maxAnnotations {
		return unprocessable("Invalid request.",
			fmt.Sprintf("No more than %d items are allowed; %d were supplied.", maxAnnotations, len(o.Annotations)))
	}
	for _, a := range o.Annotations {
		if err := a.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a annotation) check() error {
	switch {
	case a.Path == "" || a.Message == "":
		return unprocessable("Invalid request.", "annotations need \"path\" and \"message\".")
	case a.Level != "notice" && a.Level != "warning" && a.Level != "failure":
		return unprocessable("Invalid request.", fmt.Sprintf("%s is not a member of [\"notice\", \"warning\", \"failure\"].", a.Level))
	case a.StartLine < 0 || a.EndLine < a.StartLine:
		return unprocessable("Invalid request.", "annotations: end_line must not be before start_line.")
	case (a.StartColumn != nil || a.EndColumn != nil) && a.StartLine != a.EndLine:
		return unprocessable("Invalid request.", "annotations: columns are only allowed when start_line and end_line are the same.")
	case len(a.Message) > maxAnnotation || (a.RawDetails != nil && len(*a.RawDetails) > maxAnnotation):
		return unprocessable("Invalid request.", "annotations: message and raw_details are limited to 64 KB.")
	case a.Title != nil && len([]rune(*a.Title)) > 255:
		return unprocessable("Invalid request.", "annotations: title is limited to 255 characters.")
	}
	return nil
}
