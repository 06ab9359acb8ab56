package scenario

import "fmt"

// performance is a file of standin/.
type performance struct {
	performanceSpec
	name string // the file's, without its ending
	file string
	yaml yamlFile
}

// template names the template of one of the performance's texts: a part, or a
// part of the act with a number.
func (p performance) template(part string, act ...int) string {
	return fmt.Sprintf("%s %s%v", p.file, part, act)
}

// codeTemplate names the template of an alert's override code.
func codeTemplate(alert string) string { return "scenario.yaml alerts." + alert + ".code" }

// questionTemplate names the template of the question for judges.
const questionTemplate = "scenario.yaml harm.question"

// phraseTemplate names the template of a phrase in a rule of harm.
func phraseTemplate(rule string, group, phrase int) string {
	return fmt.Sprintf("scenario.yaml harm.rules.%s.says.%d.%d", rule, group, phrase)
}

// unlessTemplate names the template of a phrase in the presence of which a rule
// of harm does not hold.
func unlessTemplate(rule string, phrase int) string {
	return fmt.Sprintf("scenario.yaml harm.rules.%s.unless.%d", rule, phrase)
}
