/** The answer, or `late` where there is none within the limit. What was waited for goes on alone. */
export async function withinLimit<Answer, Late>(
  answer: Promise<Answer>,
  limitMs: number,
  late: Late,
): Promise<Answer | Late> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<Late>(resolve => {
    timer = setTimeout(resolve, limitMs, late)
  })
  try {
    return await Promise.race([answer, limit])
  } finally {
    clearTimeout(timer)
  }
}
