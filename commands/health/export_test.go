package health

type HealthJSON = healthJSON
