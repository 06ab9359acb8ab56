package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// JSON writes the report in the format that [Schema] describes.
func (r *Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// Schema returns the JSON Schema of what [Report.JSON] writes.
func Schema() ([]byte, error) {
	schema, err := jsonschema.For[Report](&jsonschema.ForOptions{
		TypeSchemas: map[reflect.Type]*jsonschema.Schema{
			reflect.TypeFor[time.Duration](): {Type: "integer", Description: "nanoseconds"},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("schema of a report: %w", err)
	}
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	schema.Title = "A Turncoat report"
	return json.MarshalIndent(schema, "", "  ")
}

// CSV writes one row for each cell, with a column for each factor, and with
// columns for each annotator and each of its labels.
func (r *Report) CSV(w io.Writer) error {
	factors := r.factors()
	out := csv.NewWriter(w)
	header := append([]string{"study", "scenario", "version", "interface", "model"}, factors...)
	header = append(header, "fresh", "worlds", "planned", "harmful", "benign", "invalid", "errors", "unjudged", "not_run",
		"rate", "low", "high", "confidence", "method", "complete", "flagged", "judge", "stand_in")
	header = append(header, r.annotationHeader()...)
	rows := [][]string{header}
	for _, c := range r.Cells {
		row := []string{r.Study.Name, c.Scenario, c.Version, string(c.Interface), c.Model}
		for _, factor := range factors {
			row = append(row, c.Condition[factor])
		}
		row = append(row, strconv.FormatBool(c.Fresh))
		for _, n := range []int{c.Worlds, c.Planned, c.Harmful, c.Benign, c.Invalid, c.Errors, c.Unjudged, c.NotRun} {
			row = append(row, strconv.Itoa(n))
		}
		if c.Rate != nil {
			row = append(row, number(*c.Rate), number(c.Interval.Low), number(c.Interval.High), number(c.Interval.Confidence), c.Interval.Method)
		} else {
			row = append(row, "", "", "", "", "")
		}
		row = append(row, strconv.FormatBool(c.Complete), strconv.Itoa(c.Flagged), c.Judge, strconv.FormatBool(c.StandIn))
		row = append(row, c.annotationColumns()...)
		rows = append(rows, row)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = noFormula(row[i])
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return out.Error()
}

// factors returns every factor of the cells, in alphabetical order.
func (r *Report) factors() []string {
	var factors []string
	for _, c := range r.Cells {
		for _, factor := range c.Condition.Factors() {
			addOnce(&factors, factor)
		}
	}
	return factors
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', 6, 64) }

// noFormula keeps a spreadsheet from taking a cell for a formula.
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
