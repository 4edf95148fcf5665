/** Enums of Java itself that interfaces use, described as a Service document would. */
export const JAVA_ENUMS: Readonly<Record<string, { readonly enum: readonly string[] }>> = {
  'java.time.DayOfWeek': { enum: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] },
  'java.time.Month': {
    enum: [
      ...['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'],
      ...['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER']
    ]
  },
  'java.util.concurrent.TimeUnit': {
    enum: ['NANOSECONDS', 'MICROSECONDS', 'MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS']
  },
  'java.math.RoundingMode': {
    enum: ['UP', 'DOWN', 'CEILING', 'FLOOR', 'HALF_UP', 'HALF_DOWN', 'HALF_EVEN', 'UNNECESSARY']
  }
}
