package app

import (
	"os"

	"github.com/gin-gonic/gin"
)

// quietGin turns off Gin's output at the start, unless the environment sets a mode.
// The mode is global to the process, so the packages below leave it to the command.
func quietGin() {
	if gin.Mode() == gin.DebugMode && os.Getenv(gin.EnvGinMode) == "" {
		gin.SetMode(gin.ReleaseMode)
	}
}
