/** The ways out of a step that is not answered: back with reasons, or out of the case. */
import { mayAct, stepsOf, type Case, type Party } from "../../cases/index.ts"
import { stepWord, stepWordEn } from "../../jobs/cases-words.ts"
import type { Say } from "../visit.ts"

export const Ways = ({ found, party, t }: { found: Case; party: Party; t: Say }) => {
  const rules = stepsOf[found.kind]
  const earlier = rules.slice(0, rules.findIndex((rule) => rule.id === found.step))
  return (
    <>
      {mayAct(party, found) && earlier.length ? (
        <details class="card">
          <summary>{t("Trả lại kèm lý do", "Return with reasons")}</summary>
          <form method="post" action={`/cases/${found.id}`}>
            <input type="hidden" name="version" value={String(found.version)} />
            <div class="field">
              <label for="to">{t("Về bước", "To step")}</label>
              <select id="to" name="to">
                {earlier.toReversed().map((rule) => (
                  <option value={rule.id}>{t(stepWord[rule.id], stepWordEn[rule.id])}</option>
                ))}
              </select>
            </div>
            <div class="field">
              <label for="reasons">{t("Lý do", "Reasons")}</label>
              <textarea id="reasons" name="reasons" maxlength={1000} rows={3} required></textarea>
            </div>
            <button class="plain" name="do" value="return">
              {t("Trả lại", "Return")}
            </button>
          </form>
        </details>
      ) : null}
      <details class="danger-box">
        <summary>{t("Hủy hồ sơ", "Cancel the case")}</summary>
        <form method="post" action={`/cases/${found.id}`}>
          <input type="hidden" name="version" value={String(found.version)} />
          <div class="field">
            <label for="why">{t("Lý do hủy", "Reason")}</label>
            <input type="text" id="why" name="why" maxlength={300} required />
          </div>
          <button class="danger" name="do" value="cancel">
            {t("Hủy hồ sơ", "Cancel the case")}
          </button>
        </form>
      </details>
    </>
  )
}
