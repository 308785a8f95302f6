package openapi

// Samples are the examples that the page makes of schemas, by the schemas' names.
func Samples() map[string]string {
	made := map[string]string{}
	schemas := document().object("components").object("schemas")
	for _, name := range schemas.names {
		made[name] = pretty(sample(schemas.object(name)), 0)
	}
	return made
}
