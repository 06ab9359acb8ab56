package labelled

// SourceKind is what kind of place labels are from.
type SourceKind string

// Where labels are from.
const (
	SourceSet    SourceKind = "set"    // what comes with Turncoat
	SourceFolder SourceKind = "folder" // files of the user's own
	SourceStudy  SourceKind = "study"  // trials that people have judged
)

// Source is where labels are from.
type Source struct {
	Kind SourceKind `json:"kind" jsonschema:"set: what comes with Turncoat; folder: files of the user's own; study: trials that people have judged"`
	Name string     `json:"name,omitempty" jsonschema:"of the folder or the study"`
}
